// Queries of the history: how each is asked so that an index answers it, and its rows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/store/reader.hpp"
#include "exporter/store/sqlite.hpp"

namespace wgaudit {

// A statement and the values of its parameters, which refer to the query. The newest rows first,
// for the limit's sake.
struct HistorySelect {
  std::string sql;
  std::vector<Bound> values;
};
[[nodiscard]] HistorySelect select_sessions(const SessionQuery& query);
[[nodiscard]] HistorySelect select_endpoints(const SessionQuery& query);
// These two know of no address.
[[nodiscard]] HistorySelect select_findings(const SessionQuery& query);
[[nodiscard]] HistorySelect select_keys(const SessionQuery& query);

// Oldest first. nullopt: the database's error.
[[nodiscard]] std::optional<std::vector<SessionRecord>> read_sessions(Database& database,
                                                                      const SessionQuery& query);
[[nodiscard]] std::optional<std::vector<SeenEndpoint>> read_endpoints(Database& database,
                                                                      const SessionQuery& query);
[[nodiscard]] std::optional<std::vector<FindingRecord>> read_findings(Database& database,
                                                                      const SessionQuery& query);
[[nodiscard]] std::optional<std::vector<KeyRecord>> read_keys(Database& database,
                                                              const SessionQuery& query);
[[nodiscard]] std::optional<HistoryExtent> read_extent(Database& database);

}  // namespace wgaudit
