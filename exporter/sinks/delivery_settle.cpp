// Delivery: what became of a batch, and what follows from it.
#include <algorithm>
#include <utility>

#include "exporter/sinks/delivery.hpp"

namespace wgaudit {

// Moves the position over what arrived and what never will.
Delivery::Outcome Delivery::settle(const EventBatch& batch,
                                   std::expected<void, Sink::Failure> delivered) {
  Outcome outcome;
  const std::uint64_t before =
      batch.events.front().sequence - 1;  // it may have had to go meanwhile
  if (delivered) {
    position_ = std::max(position_, before);
    pass_over({}, batch.events.back().sequence, outcome);
    return outcome;
  }
  outcome.failed = true;
  outcome.failure = std::move(delivered.error());
  Sink::Failure& failure = outcome.failure;
  if (failure.delivered < position_) {  // it knows better what it has
    position_ = failure.delivered;
    return outcome;
  }
  position_ = std::max(position_, before);
  pass_over(std::move(failure.refused), failure.delivered, outcome);
  if (outcome.braked || !failure.rejected) return outcome;
  if (failure.rejected->through <= position_ + 1) {
    const std::uint64_t alone = position_ + 1;
    pass_over({{alone, failure.error.why}}, alone, outcome);
    rejected_through_ = 0;  // nothing is known of those behind it
  } else {
    rejected_through_ = failure.rejected->through;
    suspect_ = failure.rejected->suspect;
  }
  return outcome;
}

void Delivery::pass_over(std::vector<Refusal> refused, std::uint64_t through, Outcome& outcome) {
  for (Refusal& refusal : refused) {
    if (refusal.sequence > position_ + 1) refused_in_a_row_ = 0;
    take_through(refusal.sequence - 1, outcome);
    if (refused_in_a_row_ >= options_.refused_in_a_row) {
      outcome.braked = true;
      outcome.failure.error.why = "it refuses every event: " + refusal.reason;
      --refused_in_a_row_;  // the next try may pass over one
      return;
    }
    ++refused_in_a_row_;
    ++outcome.refused;
    outcome.last_refused = refusal;
    position_ = refusal.sequence;
    refused_.push_back(std::move(refusal));
  }
  if (through <= position_) return;
  refused_in_a_row_ = 0;
  take_through(through, outcome);
}

void Delivery::take_through(std::uint64_t sequence, Outcome& outcome) {
  outcome.taken += sequence - position_;
  const std::uint64_t known = std::max(position_, reached_);
  if (sequence > known) outcome.taken_first += sequence - known;
  position_ = sequence;
  reached_ = std::max(reached_, sequence);
}

void Delivery::wait_after_failure(const Outcome& outcome) {
  failures_ = outcome.taken > 0 ? 1 : failures_ + 1;
  const double jitter = std::uniform_real_distribution<>()(random_);
  Duration wait = wait_after(failures_, jitter, options_);
  if (const auto wanted = outcome.failure.retry_after) {
    wait = std::max(wait, std::min(*wanted, options_.longest_retry_after));
  }
  due_ = options_.now() + wait;
  move_cursor_if_current();  // there may be long before the next turn
  if (options_.failed) options_.failed(outcome.failure.error);
}

// The outbox keeps what was delivered for a while: it is read again from there. Or nothing was
// lost, and only lines of the sink's own could not be written.
Delivery::Turn Delivery::taken_back(const Sink::Failure& failure) {
  position_ = std::min(position_, failure.delivered);
  move_cursor_if_current();
  ++failures_;
  due_ =
      options_.now() + wait_after(failures_, std::uniform_real_distribution<>()(random_), options_);
  if (options_.failed) options_.failed(failure.error);
  const std::scoped_lock lock(mutex_);
  status_.up = false;
  status_.why = failure.error.message();
  status_.delivered_sequence = position_;
  ++status_.failures_total;
  return Turn::failed;
}

Delivery::Turn Delivery::read_failed(const Error& error) {
  due_ = options_.now() + options_.first_wait;
  const std::scoped_lock lock(mutex_);
  status_.up = false;
  status_.why = error.message();
  return Turn::failed;
}

}  // namespace wgaudit
