// Rows of `events`, the outbox, and of `sinks`, which read it. false: the database's error.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/event.hpp"
#include "exporter/store/sqlite.hpp"

namespace wgaudit {

class EventRows {
 public:
  explicit EventRows(Database& database);
  // The bytes that its row is counted as.
  [[nodiscard]] std::optional<std::uint32_t> insert(const Event& event);
  [[nodiscard]] bool remove_through(std::uint64_t sequence);
  // The last one of `first` to `last` from before `time`; 0: none, or an error.
  [[nodiscard]] std::uint64_t last_before(WallTime time, std::uint64_t first, std::uint64_t last);
  // The last of the events from `first` on that are all from before `time`, of `at_most` at most;
  // 0: none is, or an error.
  [[nodiscard]] std::uint64_t last_of_run_before(WallTime time, std::uint64_t first,
                                                 std::size_t at_most);
  // Of all rows, in order; `first` is the sequence of the first. A gap is corruption.
  [[nodiscard]] bool load_sizes(std::uint64_t& first, std::vector<std::uint32_t>& sizes);

 private:
  Database& database_;
  Statement insert_, remove_through_, at_, last_before_, run_, sizes_;
};

// The columns of an event, from left to right: sequence, at, observed_after, action, kind,
// severity, netns, interface, public_key, facts; with the size of its facts. What this release
// cannot read is an events-lost of itself.
[[nodiscard]] Event read_event(Columns& row, std::size_t& bytes);

// Reads for sinks and commands, on a connection of its own.
class EventReader {
 public:
  explicit EventReader(Database& database);
  // After `sequence`, without a gap; at most `max_events`, and about 1 MiB. An event that this
  // release cannot read (of an action that it does not know) is an events-lost of itself.
  [[nodiscard]] std::optional<std::vector<Event>> read_after(std::uint64_t sequence,
                                                             std::size_t max_events);

 private:
  Database& database_;
  Statement read_;
};

class SinkRows {
 public:
  explicit SinkRows(Database& database);
  [[nodiscard]] bool put(const std::string& name, std::uint64_t cursor);
  [[nodiscard]] bool remove(const std::string& name);
  [[nodiscard]] bool load(std::map<std::string, std::uint64_t>& cursors);

 private:
  Database& database_;
  Statement put_, remove_, load_;
};

}  // namespace wgaudit
