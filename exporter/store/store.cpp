// Store: what sinks and the rest of the daemon ask for.
#include "exporter/store/store.hpp"

#include <algorithm>

#include "exporter/store/store_state.hpp"

namespace wgaudit {

Store::Store(std::string directory, StoreLimits limits)
    : state_(std::make_unique<State>(std::move(directory), limits)) {}
Store::~Store() = default;

bool Store::is_open() const {
  const std::scoped_lock lock(state_->informing);
  return state_->open;
}

std::expected<EventBatch, Error> Store::read_after(std::uint64_t sequence,
                                                   std::size_t max_events) const {
  const std::scoped_lock lock(state_->reading);
  const auto failed = [&](const std::string& why) {
    return std::unexpected(Error{"cannot read events", state_->path, why});
  };
  if (state_->reader == nullptr || !is_open()) return failed("the state database is not open");
  ReadingConnection& reader = *state_->reader;
  reader.database->clear_error();
  auto events = reader.events.read_after(sequence, max_events);
  if (!events) {
    const SqlError error = reader.database->error();
    if (error.kind == SqlError::Kind::corrupt) state_->note_failure(error);
    return failed(error.why);
  }
  return EventBatch{reader.installation, *std::move(events)};
}

std::optional<std::uint64_t> Store::cursor(const std::string& sink) const {
  const std::scoped_lock lock(state_->informing);
  const auto& cursors = state_->outbox.cursors();
  const auto found = cursors.find(sink);
  if (found == cursors.end()) return std::nullopt;
  return found->second;
}

bool Store::advance(const std::string& sink, std::uint64_t sequence) {
  const std::scoped_lock lock(state_->writing);
  if (state_->tables == nullptr || sequence > state_->outbox.sequence()) return false;
  // It may have been moved on beyond what had to go.
  if (const auto current = cursor(sink); current && *current >= sequence) return true;
  return state_->move_cursor(sink, sequence);
}

bool Store::rewind(const std::string& sink, std::uint64_t sequence) {
  const std::scoped_lock lock(state_->writing);
  if (state_->tables == nullptr) return false;
  // What is gone was counted as delivered when it went.
  sequence = std::max(sequence, state_->outbox.first() - 1);
  const auto current = cursor(sink);
  if (!current || *current <= sequence) return true;
  return state_->move_cursor(sink, sequence);
}

bool Store::State::move_cursor(const std::string& sink, std::uint64_t sequence) {
  tables->database->clear_error();
  if (!tables->sinks.put(sink, sequence)) return failed(tables->database->error());
  {
    const std::scoped_lock lock(informing);
    outbox.move_cursor(sink, sequence);
  }
  return wrote(std::nullopt);
}

bool Store::set_aside(const std::string& sink, std::uint64_t sequence,
                      const std::vector<Refusal>& refused, WallTime now) {
  const std::scoped_lock lock(state_->writing);
  if (state_->tables == nullptr || sequence > state_->outbox.sequence()) return false;
  Tables& tables = *state_->tables;
  tables.database->clear_error();
  const std::uint64_t cursor_before = cursor(sink).value_or(0);
  const std::uint64_t moved = std::max(cursor_before, sequence);
  {
    Transaction transaction(*tables.database);
    const bool kept = std::ranges::all_of(refused, [&](const Refusal& refusal) {
      return tables.dead_events.put(sink, refusal, now);
    });
    if (!kept || !tables.dead_events.keep_newest(state_->limits.dead_events) ||
        !tables.sinks.put(sink, moved) || !transaction.commit()) {
      tables.database->note({SqlError::Kind::other, "not written"});
    }
  }
  if (tables.database->failed()) return state_->failed(tables.database->error());
  {
    const std::scoped_lock informing(state_->informing);
    state_->outbox.move_cursor(sink, moved);
  }
  return state_->wrote(std::nullopt);
}

void Store::keep_sinks(const std::function<std::vector<std::string>()>& names_now) {
  const std::scoped_lock lock(state_->writing);
  if (state_->tables == nullptr) return;
  const std::vector<std::string> names = names_now();
  Tables& tables = *state_->tables;
  tables.database->clear_error();
  const auto cursors = state_->outbox.cursors();
  for (const auto& [sink, cursor] : cursors) {
    if (std::ranges::find(names, sink) != names.end()) continue;
    if (!tables.sinks.remove(sink)) {
      (void)state_->failed(tables.database->error());
      return;
    }
    {
      const std::scoped_lock informing(state_->informing);
      state_->outbox.remove_cursor(sink);
    }
    (void)state_->wrote(std::nullopt);
  }
}

OutboxStatus Store::outbox() const {
  const std::scoped_lock lock(state_->informing);
  return state_->outbox.status(state_->limits);
}

StoreStatus Store::status() const {
  const std::scoped_lock lock(state_->informing);
  return state_->status;
}

}  // namespace wgaudit
