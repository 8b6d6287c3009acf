#include "exporter/sinks/delivery.hpp"

#include <algorithm>
#include <utility>

namespace wgaudit {

Duration wait_after(unsigned failures, double jitter, const DeliveryOptions& options) {
  constexpr unsigned kMaxDoublings = 20;
  const unsigned doublings = std::min(failures == 0 ? 0 : failures - 1, kMaxDoublings);
  const Duration most =
      std::min(options.first_wait * (std::int64_t{1} << doublings), options.longest_wait);
  const double part = 1.0 - jitter / 2;
  return Duration{static_cast<Duration::rep>(static_cast<double>(most.count()) * part)};
}

Delivery::Delivery(DeliveryOptions options, std::unique_ptr<Sink> sink, OutboxReader outbox)
    : options_(std::move(options)), sink_(std::move(sink)), outbox_(std::move(outbox)) {
  status_.name = options_.name;
  status_.paused = options_.paused;
}

Delivery::~Delivery() { stop_by(std::chrono::steady_clock::now()); }

void Delivery::start(std::unique_ptr<Delivery> before) {
  if (before != nullptr) {
    const std::scoped_lock lock(mutex_);
    status_.up = false;
    status_.why = "what was configured before does not end";
  }
  thread_ = std::thread([this, before = std::move(before)]() mutable {
    before.reset();
    run();
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
    }
    ended_condition_.notify_all();
  });
}

void Delivery::wake() {
  {
    const std::scoped_lock lock(mutex_);
    wanted_ = true;
  }
  wake_.notify_all();
}

void Delivery::reopen() {
  {
    const std::scoped_lock lock(mutex_);
    reopen_ = true;
  }
  wake_.notify_all();
}

void Delivery::request_stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

void Delivery::interrupt_at(std::chrono::steady_clock::time_point deadline) {
  request_stop();
  {
    std::unique_lock lock(mutex_);
    ended_condition_.wait_until(lock, deadline, [&] { return ended_; });
    abandoned_ = true;
  }
  sink_->interrupt();
}

void Delivery::stop_by(std::chrono::steady_clock::time_point deadline) {
  if (!thread_.joinable()) return;
  interrupt_at(deadline);
  thread_.join();
}

bool Delivery::try_stop_by(std::chrono::steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds kSoon{500};
  if (!thread_.joinable()) return true;
  interrupt_at(deadline);
  {
    std::unique_lock lock(mutex_);
    const auto limit = std::max(deadline, std::chrono::steady_clock::now()) + kSoon;
    if (!ended_condition_.wait_until(lock, limit, [&] { return ended_; })) return false;
  }
  thread_.join();
  return true;
}

bool Delivery::has_ended() const {
  const std::scoped_lock lock(mutex_);
  return !thread_.joinable() || ended_;
}

SinkStatus Delivery::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

void Delivery::run() {
  Turn last = Turn::delivered;  // there may be something: look at once
  for (;;) {
    const Wanted wanted = wait(last);
    if (wanted.abandon) return move_cursor_if_current();
    if (wanted.reopen) (void)tend(true);
    if (!wanted.stop && options_.now() < due_) {
      last = Turn::failed;
      continue;
    }
    last = turn();
    if (wanted.stop && last == Turn::idle) sink_->end();
    if (wanted.stop && last != Turn::delivered) return;
    if (last == Turn::idle) last = tend(false);
  }
}

Delivery::Turn Delivery::tend(bool reopen) {
  if (const auto tended = sink_->tend(reopen); !tended) {
    tend_failed_ = true;
    return taken_back(tended.error());
  }
  // Only where all is delivered nothing else can be wrong.
  if (reopen || !std::exchange(tend_failed_, false)) return Turn::idle;
  failures_ = 0;
  const std::scoped_lock lock(mutex_);
  status_.up = true;
  status_.why.clear();
  return Turn::idle;
}

Delivery::Wanted Delivery::wait(Turn last) {
  Duration time_limit = options_.tend_interval;
  if (last == Turn::failed) time_limit = std::min(time_limit, due_ - options_.now());
  std::unique_lock lock(mutex_);
  if (last != Turn::delivered) {
    wake_.wait_for(lock, time_limit, [&] { return wanted_ || reopen_ || stopping_; });
  }
  wanted_ = false;
  return {stopping_, abandoned_, std::exchange(reopen_, false)};
}

Delivery::Turn Delivery::turn() {
  if (const auto confirmed = sink_->confirm(); !confirmed) return taken_back(confirmed.error());
  const auto batch = next_batch();
  if (!batch) return read_failed(batch.error());
  move_cursor();
  constexpr std::size_t kMostKept = 1'000;
  if (refused_.size() >= kMostKept) {
    return read_failed({"cannot set events aside", "", "the state database takes none"});
  }
  if (options_.paused) return hold(*batch);
  if (!batch->events.empty()) return deliver(*batch);
  const std::scoped_lock lock(mutex_);
  status_.oldest_pending.reset();
  if (failures_ == 0) {  // the outbox was unreadable, at most
    status_.up = true;
    status_.why.clear();
  }
  return Turn::idle;
}

Delivery::Turn Delivery::hold(const EventBatch& batch) {
  const std::scoped_lock lock(mutex_);
  if (!tend_failed_) {
    status_.up = true;
    status_.why.clear();
  }
  status_.oldest_pending.reset();
  if (batch.events.empty()) return Turn::idle;
  status_.oldest_pending = batch.events.front().at;
  // What is gone is not waited for: of a sink that is new, all before its first.
  status_.delivered_sequence = std::max(position_, batch.events.front().sequence - 1);
  return Turn::idle;
}

// Half of what the receiver rejects, and beyond that as usual.
std::size_t Delivery::batch_size() const {
  if (options_.paused) return 1;
  if (rejected_through_ <= position_) return options_.batch_events;
  if (suspect_ > position_ && suspect_ <= rejected_through_) {
    return std::max<std::uint64_t>(1, suspect_ - position_ - 1);
  }
  // Where one was refused, and none taken since, the next one is likely no better.
  if (refused_in_a_row_ > 0) return 1;
  return std::max<std::uint64_t>(1, (rejected_through_ - position_) / 2);
}

std::expected<EventBatch, Error> Delivery::next_batch() {
  for (;;) {
    // The first tells whose events they are, no more.
    const std::size_t most = installation_.empty() ? 1 : batch_size();
    auto batch = outbox_.read_after(position_, most);
    if (!batch || batch->installation.empty() || batch->installation == installation_) return batch;
    take_up(batch->installation);
  }
}

void Delivery::take_up(const std::string& installation) {
  installation_ = installation;
  cursor_ = outbox_.cursor(options_.name);
  position_ = reached_ = sink_->resume(installation_, cursor_);
  refused_.clear();
  rejected_through_ = suspect_ = 0;
  move_cursor();  // a new sink has a cursor from now on: its events are kept for it
  const std::scoped_lock lock(mutex_);
  status_.delivered_sequence = position_;
}

// REQUIRES: the outbox was just seen to be of the installation that the position is of. A database
// can be replaced while a sink delivers, and the new one must not hear how far that got in the old.
void Delivery::move_cursor() {
  if (installation_.empty() || cursor_ == position_) return;
  // Back: what comes again has to, also if a new process or a new sink goes on from here.
  const bool back = cursor_ && *cursor_ > position_;
  const bool stored = back               ? outbox_.rewind(options_.name, position_)
                      : refused_.empty() ? outbox_.advance(options_.name, position_)
                                         : outbox_.set_aside(options_.name, position_, refused_);
  if (!stored) return;
  cursor_ = position_;
  if (!back) refused_.clear();
}

void Delivery::move_cursor_if_current() {
  const auto batch = outbox_.read_after(position_, 1);
  if (batch && batch->installation == installation_) move_cursor();
}

Delivery::Turn Delivery::deliver(const EventBatch& batch) {
  {
    const std::scoped_lock lock(mutex_);
    status_.oldest_pending = batch.events.front().at;
  }
  const Outcome outcome = settle(batch, sink_->deliver(batch));
  const auto rest = std::ranges::upper_bound(batch.events, position_, {}, &Event::sequence);
  const bool all = rest == batch.events.end();
  // What is rejected is tried again at once, and less of it.
  const bool later = outcome.braked || (outcome.failed && !outcome.failure.rejected && !all);
  if (later) {
    wait_after_failure(outcome);
  } else if (outcome.taken > 0) {
    failures_ = 0;
  }
  const std::scoped_lock lock(mutex_);
  if (later || failures_ == 0) {
    status_.up = !later;
    status_.why = later ? outcome.failure.error.message() : "";
  }
  status_.delivered_sequence = position_;
  status_.delivered_events_total += outcome.taken_first;
  status_.dead_events_total += outcome.refused;
  if (outcome.last_refused) status_.last_dead = outcome.last_refused;
  if (outcome.failed) ++status_.failures_total;
  status_.oldest_pending.reset();
  if (!all) status_.oldest_pending = rest->at;
  return later ? Turn::failed : Turn::delivered;
}

}  // namespace wgaudit
