// Rows of `dead_events`: what a sink's receiver will never take. false: the database's error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporter/store/reader.hpp"
#include "exporter/store/sqlite.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

class DeadEventRows {
 public:
  explicit DeadEventRows(Database& database);
  // Copies the event out of the outbox. One that is set aside already stays as it is; one that left
  // the outbox is no error.
  [[nodiscard]] bool put(const std::string& sink, const Refusal& refusal, WallTime now);
  [[nodiscard]] bool keep_newest(std::uint64_t count);

 private:
  Statement put_, trim_;
};

// By when they were set aside; "": of all sinks.
[[nodiscard]] std::optional<std::vector<DeadEvent>> read_dead_events(Database& database,
                                                                     const std::string& sink);

}  // namespace wgaudit
