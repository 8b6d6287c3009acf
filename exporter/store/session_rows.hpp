// Rows of `sessions`: the history. false, nullopt: the database's error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/memory.hpp"
#include "exporter/store/reader.hpp"
#include "exporter/store/sqlite.hpp"

namespace wgaudit {

class SessionRows {
 public:
  explicit SessionRows(Database& database);
  [[nodiscard]] bool put(const SessionRecord& session);
  // Of those that ended before `time`, so many at most.
  [[nodiscard]] bool forget_before(WallTime time, std::int64_t at_most);

 private:
  Statement put_, forget_;
};

// The statement of a query and the values of its parameters, which refer to the query.
struct SessionSelect {
  std::string sql;
  std::vector<Bound> values;
};
[[nodiscard]] SessionSelect select_sessions(const SessionQuery& query);
[[nodiscard]] std::optional<std::vector<SessionRecord>> read_sessions(Database& database,
                                                                      const SessionQuery& query);

}  // namespace wgaudit
