// Store: opening, and moving aside what cannot be used.
#include <algorithm>

#include "exporter/store/store_state.hpp"

namespace wgaudit {
namespace {

std::optional<std::string> behind(const LoadedState& state,
                                  const std::optional<WrittenTail>& tail) {
  if (!tail) return std::nullopt;
  const std::uint64_t last = state.memory.program.sequence;
  std::uint64_t written = tail->installation == state.program.installation ? tail->sequence : 0;
  if (const auto earlier = tail->earlier.find(state.program.installation);
      earlier != tail->earlier.end()) {
    written = std::max(written, earlier->second);
  }
  if (written <= last) return std::nullopt;
  return "events up to " + std::to_string(written) + " were written, it knows of " +
         std::to_string(last);
}

}  // namespace

std::expected<Store::Opened, StoreError> Store::open(const std::optional<WrittenTail>& tail,
                                                     const Now& now) {
  const std::scoped_lock lock(state_->writing, state_->reading);
  state_->close();
  auto opened = state_->reopen(tail, now);
  if (!opened) {
    const std::scoped_lock informing(state_->informing);
    state_->status.up = false;
    state_->status.why = opened.error().error.message();
  }
  return opened;
}

std::expected<Store::Opened, StoreError> Store::State::reopen(
    const std::optional<WrittenTail>& tail, const Now& now) {
  if (!directory) {
    auto claimed = StateDirectory::open(path);
    if (!claimed) return std::unexpected(claimed.error());
    directory = std::make_unique<StateDirectory>(*std::move(claimed));
  }
  if (corruption) {
    const std::string detail = *corruption;
    if (auto error = set_aside(BaselineReason::state_corrupt, detail, now)) {
      return std::unexpected(*error);
    }
  }
  const bool had_state = tail && !tail->installation.empty();
  // Twice: the second time in the place of what was moved aside.
  for (bool again : {true, false}) {
    const auto if_new =
        reason.value_or(had_state ? BaselineReason::state_lost : BaselineReason::first_run);
    auto loaded = open_state(*directory, if_new, now);
    std::optional<StoreError> error;
    if (loaded) {
      const auto why = behind(*loaded, tail);
      if (!why) return adopt(*std::move(loaded), now);
      loaded = std::unexpected(OpenFailure{});  // closes it
      error = set_aside(BaselineReason::state_rolled_back, *why, now);
    } else if (loaded.error().corrupt && again) {
      error = set_aside(BaselineReason::state_corrupt, loaded.error().error.error.why, now);
    } else {
      error = loaded.error().error;
    }
    if (error) return std::unexpected(*error);
  }
  return std::unexpected(
      StoreError{{"cannot use the state database", directory->database_path(), "it changes"}});
}

std::optional<StoreError> Store::State::set_aside(BaselineReason why, const std::string& detail,
                                                  const Now& now) {
  const bool corrupt = why == BaselineReason::state_corrupt;
  auto renamed = directory->set_aside(corrupt ? "corrupt" : "rolled-back", now.wall);
  if (!renamed) return renamed.error();
  reason = why;
  replaced = Error{"the state database was moved aside", *renamed, detail};
  const std::scoped_lock lock(informing);
  corruption.reset();
  return std::nullopt;
}

Store::Opened Store::State::adopt(LoadedState loaded, const Now& now) {
  Opened opened{std::move(loaded.memory), std::move(loaded.inventory), std::move(replaced)};
  reason.reset();
  replaced.reset();
  wall.restart();
  wall.look(now.wall, now.boot);
  tables = std::move(loaded.tables);
  reader = std::make_unique<ReadingConnection>(std::move(loaded.reading),
                                               std::move(loaded.program.installation));
  const std::scoped_lock lock(informing);
  open = true;
  outbox = std::move(loaded.outbox);
  status.up = true;
  status.why.clear();
  status.size_bytes = directory->size_bytes();
  status.last_sequence = outbox.sequence();
  // A database in the place of one that was moved aside knows nothing of what that one lost.
  status.events_lost_total = std::max(status.events_lost_total, loaded.program.events_lost);
  return opened;
}

void Store::State::close() {
  tables.reset();
  reader.reset();
  const std::scoped_lock lock(informing);
  open = false;
}

}  // namespace wgaudit
