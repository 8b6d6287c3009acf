#include "exporter/store/event_rows.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include "exporter/store/fact_codec.hpp"

namespace wgaudit {
namespace {

constexpr std::uint32_t kRowBytes = 128;  // of a row beside its facts, about
constexpr std::size_t kBatchBytes = std::size_t{1} << 20U;

constexpr std::string_view kInsert =
    "INSERT INTO events (sequence, at, observed_after, action, kind, severity, netns, interface,"
    " public_key, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kRead =
    "SELECT sequence, at, observed_after, action, kind, severity, netns, interface, public_key,"
    " facts FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?";

std::uint32_t row_bytes(std::uint64_t facts) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max() - kRowBytes;
  return static_cast<std::uint32_t>(std::min(facts, kMost)) + kRowBytes;
}

Event unreadable(std::uint64_t sequence, WallTime at) {
  Event event = make_event(Action::events_lost, at);
  event.sequence = sequence;
  const auto number = static_cast<std::int64_t>(sequence);
  event.facts = {{Field::lost_first, number}, {Field::lost_last, number}};
  return event;
}

}  // namespace

Event read_event(Columns& row, std::size_t& bytes) {
  Event event;
  event.sequence = row.counter();
  event.at = row.wall();
  event.observed_after = row.maybe(&Columns::wall);
  const ActionInfo* action = find_action(row.text());
  event.kind = row.enumerator(EventKind::event, EventKind::state);
  event.severity = row.enumerator(Severity::info, Severity::critical);
  event.netns = row.text();
  event.interface = row.text();
  event.public_key = row.maybe(&Columns::key);
  const std::string_view encoded = row.blob();
  bytes = encoded.size();
  auto facts = decode_facts(encoded);
  if (!row.sound() || action == nullptr || !facts) return unreadable(event.sequence, event.at);
  event.action = action->action;
  event.facts = *std::move(facts);
  return event;
}

EventRows::EventRows(Database& database)
    : database_(database),
      insert_(database, kInsert),
      remove_through_(database, "DELETE FROM events WHERE sequence <= ?"),
      at_(database, "SELECT at FROM events WHERE sequence = ?"),
      last_before_(database,
                   "SELECT coalesce(max(sequence), 0) FROM events"
                   " WHERE sequence BETWEEN ? AND ? AND at < ?"),
      run_(database,
           "SELECT at, sequence FROM events WHERE sequence >= ? ORDER BY sequence LIMIT ?"),
      sizes_(database, "SELECT sequence, length(facts) FROM events ORDER BY sequence") {}

std::optional<std::uint32_t> EventRows::insert(const Event& event) {
  const std::string facts = encode_facts(event.facts);
  const bool done = insert_.run({event.sequence, event.at, event.observed_after,
                                 to_string(event.action), event.kind, event.severity, event.netns,
                                 event.interface, event.public_key, Blob{facts}});
  if (!done) return std::nullopt;
  return row_bytes(facts.size());
}

bool EventRows::remove_through(std::uint64_t sequence) { return remove_through_.run({sequence}); }

std::uint64_t EventRows::last_before(WallTime time, std::uint64_t first, std::uint64_t last) {
  // Nearly always the oldest one is young enough, and no other is looked at.
  at_.start({first});
  auto oldest = at_.next();
  const bool old = oldest && oldest->wall() < time;
  at_.finish();
  if (!old) return 0;
  last_before_.start({first, last, time});
  auto row = last_before_.next();
  const std::uint64_t found = row ? row->counter() : 0;
  last_before_.finish();
  return found;
}

std::uint64_t EventRows::last_of_run_before(WallTime time, std::uint64_t first,
                                            std::size_t at_most) {
  std::uint64_t last = 0;
  run_.start({first, at_most});
  while (auto row = run_.next()) {
    if (row->wall() >= time) break;
    last = row->counter();
  }
  run_.finish();
  return last;
}

bool EventRows::load_sizes(std::uint64_t& first, std::vector<std::uint32_t>& sizes) {
  sizes_.start();
  while (auto row = sizes_.next()) {
    const std::uint64_t sequence = row->counter();
    const std::uint64_t bytes = row->counter();
    if (sizes.empty()) first = sequence;
    row->require(sequence != 0 && sequence == first + sizes.size());
    if (!row->sound()) {
      database_.note_corrupt("a gap in the sequence of events");
      sizes_.finish();
      return false;
    }
    sizes.push_back(row_bytes(bytes));
  }
  return !database_.failed();
}

EventReader::EventReader(Database& database) : database_(database), read_(database, kRead) {}

std::optional<std::vector<Event>> EventReader::read_after(std::uint64_t sequence,
                                                          std::size_t max_events) {
  constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();
  std::vector<Event> events;
  std::size_t total = 0;
  read_.start({sequence, std::min(max_events, kMost)});
  while (total < kBatchBytes) {
    auto row = read_.next();
    if (!row) break;
    std::size_t bytes = 0;
    Event event = read_event(*row, bytes);
    if (!events.empty() && event.sequence != events.back().sequence + 1) {
      database_.note_corrupt("a gap in the sequence of events");
      break;
    }
    total += bytes;
    events.push_back(std::move(event));
  }
  read_.finish();
  if (database_.failed()) return std::nullopt;
  return events;
}

SinkRows::SinkRows(Database& database)
    : database_(database),
      put_(database, "INSERT OR REPLACE INTO sinks (name, cursor) VALUES (?, ?)"),
      remove_(database, "DELETE FROM sinks WHERE name = ?"),
      load_(database, "SELECT name, cursor FROM sinks") {}

bool SinkRows::put(const std::string& name, std::uint64_t cursor) {
  return put_.run({name, cursor});
}
bool SinkRows::remove(const std::string& name) { return remove_.run({name}); }

bool SinkRows::load(std::map<std::string, std::uint64_t>& cursors) {
  load_.start();
  while (auto row = load_.next()) {
    std::string name = row->text();
    const std::uint64_t cursor = row->counter();
    if (!row->sound()) {
      database_.note_corrupt("a sink that makes no sense");
      load_.finish();
      return false;
    }
    cursors.insert_or_assign(std::move(name), cursor);
  }
  return !database_.failed();
}

}  // namespace wgaudit
