// Store: what the poll thread writes.
#include <algorithm>

#include "exporter/store/inventory_rows.hpp"
#include "exporter/store/store_state.hpp"

namespace wgaudit {
namespace {

// Rows of the history that a commit removes: as many as it may add, and some that are left over.
constexpr std::int64_t kRemovedBesides = 50;
// While there is nothing to tell more of them go: in slices, so that a commit waits for no more
// than one of them, and for no longer than a commit may take.
constexpr std::int64_t kRemovedAtOnce = 500;
constexpr auto kRemovingFor = std::chrono::milliseconds{150};

// Events that go for their age by one commit: it takes about a second.
constexpr std::size_t kDroppedAtOnce = 100'000;

// What a commit does to the outbox beside adding events.
struct Removal {
  std::uint64_t drop_through = 0;  // over the limit
  std::uint64_t lost = 0;          // of those, not delivered everywhere
  std::uint64_t trim_through = 0;  // delivered, and old
  [[nodiscard]] std::uint64_t through() const { return std::max(drop_through, trim_through); }
};

bool in_sequence(const Step& step, std::uint64_t last) {
  for (const Event& event : step.events) {
    if (event.sequence != ++last) return false;
  }
  return step.delta.program.sequence == last;
}

Removal plan_removal(Tables& tables, const Outbox& outbox, const StoreLimits& limits,
                     std::uint64_t drop_through, const Now& now) {
  Removal removal;
  removal.drop_through = std::min(drop_through, outbox.sequence());
  removal.lost = outbox.undelivered_through(removal.drop_through);
  const std::uint64_t may = outbox.may_trim_through(limits);
  if (may < outbox.first()) return removal;
  const std::uint64_t large = std::min(may, outbox.through_for(limits.kept_bytes));
  const std::uint64_t old =
      tables.events.last_before(now.wall - limits.kept_for, outbox.first(), may);
  removal.trim_through = std::max(large, old);
  return removal;
}

bool remove_events(Tables& tables, const Outbox& outbox, const Removal& removal) {
  if (removal.through() < outbox.first()) return true;
  if (!tables.events.remove_through(removal.through())) return false;
  for (const auto& [sink, cursor] : outbox.cursors()) {
    if (cursor < removal.drop_through && !tables.sinks.put(sink, removal.drop_through)) {
      return false;
    }
  }
  return removal.lost == 0 || tables.program.add_lost(removal.lost);
}

bool insert_events(Tables& tables, const std::vector<Event>& events,
                   std::vector<std::uint32_t>& sizes) {
  for (const Event& event : events) {
    const auto size = tables.events.insert(event);
    if (!size) return false;
    sizes.push_back(*size);
  }
  return true;
}

void update(Outbox& outbox, const Removal& removal, const std::vector<std::uint32_t>& sizes) {
  for (const std::uint32_t size : sizes) outbox.add(size);
  outbox.remove_through(removal.through());
  const auto cursors = outbox.cursors();
  for (const auto& [sink, cursor] : cursors) {
    if (cursor < removal.drop_through) outbox.move_cursor(sink, removal.drop_through);
  }
}

std::int64_t history_rows(const Delta& delta) {
  return static_cast<std::int64_t>(delta.sessions.size() + delta.findings_closed.size() +
                                   delta.keys.size());
}

}  // namespace

bool Store::State::retain(const Now& now, std::int64_t at_most, Removed& removed) {
  wall.look(now.wall, now.boot);
  const auto done = tables->retention.remove(
      {limits.history_for, limits.history_bytes, wall.tells_age(now.boot, limits.history_for)},
      now.wall, outbox.bytes(), at_most);
  if (!done) return false;
  removed = *done;
  return true;
}

void Store::State::retained(const Removed& removed) {
  if (!removed.early) return;
  const std::scoped_lock lock(informing);
  status.history_removed_early += removed.rows;
}

bool Store::State::commit(const Step& step, const Now& now) {
  if (tables == nullptr) return false;
  Database& database = *tables->database;
  database.clear_error();
  const Delta& delta = step.delta;
  if (!in_sequence(step, outbox.sequence())) {
    return failed({SqlError::Kind::other, "events out of sequence"});
  }
  std::shared_ptr<const InventoryCopy> kept;
  {
    const std::scoped_lock lock(informing);
    if (copy && copy->sha256 == delta.program.inventory_sha256) kept = copy;
  }
  Removal removal;
  Removed history;
  std::vector<std::uint32_t> sizes;
  {
    Transaction transaction(database);
    removal = plan_removal(*tables, outbox, limits, delta.drop_through, now);
    const bool written = write_delta(*tables, delta) && tables->program.put_alive(now) &&
                         remove_events(*tables, outbox, removal) &&
                         insert_events(*tables, step.events, sizes) &&
                         retain(now, kRemovedBesides + history_rows(delta), history) &&
                         (kept == nullptr || put_inventory(database, *kept));
    if (!written || !transaction.commit()) database.note({SqlError::Kind::other, "not written"});
  }
  if (database.failed()) return failed(database.error());
  retained(history);
  const std::scoped_lock lock(informing);
  update(outbox, removal, sizes);
  status.last_sequence = outbox.sequence();
  status.events_lost_total += removal.lost;
  for (const Event& event : step.events) {
    ++status.events_total[static_cast<std::size_t>(event.action)];
  }
  if (kept != nullptr && copy == kept) copy.reset();
  return true;
}

// Up to where events have waited for too long; 0: nowhere, or it cannot be told.
std::uint64_t Store::State::too_old_through(const Now& now) {
  wall.look(now.wall, now.boot);
  if (limits.outbox_for == Duration{0}) return 0;
  if (!wall.tells_age(now.boot, limits.outbox_for)) return 0;
  const std::uint64_t first = outbox.first_undelivered();
  if (first > outbox.sequence()) return 0;
  EventRows& events = tables->events;
  if (events.last_of_run_before(now.wall - limits.outbox_for, first, 1) == 0) return 0;
  const Duration most = limits.outbox_for - limits.outbox_for / 10;
  return events.last_of_run_before(now.wall - most, first, kDroppedAtOnce);
}

// Not by outbox(), which must not wait for the disk: what it finds is told with the next poll. It
// is noted each time: what was too old may be delivered, or the clock may have stepped back.
void Store::State::look_for_old(const Now& now) {
  const std::uint64_t through = too_old_through(now);
  const std::scoped_lock lock(informing);
  outbox.note_too_old(through);
}

bool Store::State::wrote(std::optional<WallTime> now) {
  const std::uint64_t size = directory->size_bytes();
  const std::scoped_lock lock(informing);
  status.up = true;
  status.why.clear();
  if (now) status.last_commit = now;
  status.size_bytes = size;
  ++status.commits_total;
  return true;
}

void Store::State::note_failure(const SqlError& error) {
  const std::scoped_lock lock(informing);
  status.up = false;
  status.why = error.why;
  if (error.kind != SqlError::Kind::corrupt) return;
  open = false;
  corruption = error.why;
}

bool Store::State::failed(const SqlError& error) {
  // A copy: it may be the database's, that is closed here.
  const SqlError noted = error;
  note_failure(noted);
  if (noted.kind == SqlError::Kind::corrupt) tables.reset();
  return false;
}

bool Store::commit(const Step& step, const Now& now) {
  if (!step.tells()) return true;
  const std::scoped_lock lock(state_->writing);
  if (!state_->commit(step, now)) return false;
  state_->look_for_old(now);
  return state_->wrote(now.wall);
}

bool Store::write_learned(const Memory& memory, unsigned part, unsigned parts, const Now& now) {
  const std::scoped_lock lock(state_->writing);
  if (state_->tables == nullptr) return false;
  Tables& tables = *state_->tables;
  tables.database->clear_error();
  {
    Transaction transaction(*tables.database);
    const bool written = tables.program.put_alive(now) &&
                         wgaudit::write_learned(tables, memory, part, parts) &&
                         transaction.commit();
    if (!written) tables.database->note({SqlError::Kind::other, "not written"});
  }
  if (tables.database->failed()) return state_->failed(tables.database->error());
  state_->look_for_old(now);
  return state_->wrote(now.wall);
}

bool Store::remove_history(const Now& now) {
  const auto begun = std::chrono::steady_clock::now();
  Removed removed;
  do {
    const std::scoped_lock lock(state_->writing);
    if (state_->tables == nullptr) return false;
    Database& database = *state_->tables->database;
    database.clear_error();
    {
      Transaction transaction(database);
      if (!state_->retain(now, kRemovedAtOnce, removed) || !transaction.commit()) {
        database.note({SqlError::Kind::other, "not written"});
      }
    }
    if (database.failed()) return state_->failed(database.error());
    state_->retained(removed);
  } while (removed.rows != 0 && std::chrono::steady_clock::now() - begun < kRemovingFor);
  return true;
}

void Store::keep_inventory(std::shared_ptr<const InventoryCopy> copy) {
  const std::scoped_lock lock(state_->informing);
  state_->copy = std::move(copy);
}

}  // namespace wgaudit
