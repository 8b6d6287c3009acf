#include "exporter/store/dead_event_rows.hpp"

#include "exporter/store/event_rows.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kPut =
    "INSERT OR IGNORE INTO dead_events (sink, set_aside_at, reason, sequence, at, observed_after,"
    " action, kind, severity, netns, interface, public_key, facts)"
    " SELECT ?1, ?2, ?3, sequence, at, observed_after, action, kind, severity, netns, interface,"
    " public_key, facts FROM events WHERE sequence = ?4";
constexpr std::string_view kTrim =
    "DELETE FROM dead_events WHERE id <= (SELECT max(id) FROM dead_events) - ?1";
constexpr std::string_view kRead =
    "SELECT sink, set_aside_at, reason, sequence, at, observed_after, action, kind, severity,"
    " netns, interface, public_key, facts FROM dead_events WHERE ?1 = '' OR sink = ?1 ORDER BY id";

}  // namespace

DeadEventRows::DeadEventRows(Database& database) : put_(database, kPut), trim_(database, kTrim) {}

bool DeadEventRows::put(const std::string& sink, const Refusal& refusal, WallTime now) {
  return put_.run({sink, now, refusal.reason, refusal.sequence});
}

bool DeadEventRows::keep_newest(std::uint64_t count) { return trim_.run({count}); }

std::optional<std::vector<DeadEvent>> read_dead_events(Database& database,
                                                       const std::string& sink) {
  Statement read(database, kRead);
  std::vector<DeadEvent> found;
  read.start({sink});
  while (auto row = read.next()) {
    DeadEvent dead;
    dead.sink = row->text();
    dead.set_aside_at = row->wall();
    dead.reason = row->text();
    std::size_t bytes = 0;
    dead.event = read_event(*row, bytes);
    found.push_back(std::move(dead));
  }
  if (database.failed()) return std::nullopt;
  return found;
}

}  // namespace wgaudit
