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
}

Delivery::~Delivery() { stop_by(std::chrono::steady_clock::now()); }

void Delivery::start() {
  thread_ = std::thread([this] {
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

void Delivery::stop_by(std::chrono::steady_clock::time_point deadline) {
  if (!thread_.joinable()) return;
  request_stop();
  {
    std::unique_lock lock(mutex_);
    ended_condition_.wait_until(lock, deadline, [&] { return ended_; });
    abandoned_ = true;
  }
  sink_->interrupt();
  thread_.join();
}

SinkStatus Delivery::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

void Delivery::run() {
  Turn last = Turn::delivered;  // there may be something: look at once
  for (;;) {
    const Wanted wanted = wait(last);
    if (wanted.abandon) return advance_if_current();
    if (wanted.reopen) sink_->tend(true);
    if (!wanted.stop && options_.now() < due_) {
      last = Turn::failed;
      continue;
    }
    last = turn();
    if (wanted.stop && last != Turn::delivered) return;
    if (last == Turn::idle) sink_->tend(false);
  }
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
  const auto batch = next_batch();
  if (!batch) return read_failed(batch.error());
  advance();
  if (!batch->events.empty()) return deliver(*batch);
  const std::scoped_lock lock(mutex_);
  status_.oldest_pending.reset();
  if (failures_ == 0) {  // the outbox was unreadable, at most
    status_.up = true;
    status_.why.clear();
  }
  return Turn::idle;
}

std::expected<EventBatch, Error> Delivery::next_batch() {
  for (;;) {
    // The first tells whose events they are, no more.
    const std::size_t most = installation_.empty() ? 1 : options_.batch_events;
    auto batch = outbox_.read_after(position_, most);
    if (!batch || batch->installation.empty() || batch->installation == installation_) return batch;
    take_up(batch->installation);
  }
}

void Delivery::take_up(const std::string& installation) {
  installation_ = installation;
  cursor_ = outbox_.cursor(options_.name);
  position_ = sink_->resume(installation_, cursor_);
  advance();  // a new sink has a cursor from now on: its events are kept for it
  const std::scoped_lock lock(mutex_);
  status_.delivered_sequence = position_;
}

// REQUIRES: the outbox was just seen to be of the installation that the position is of. A database
// can be replaced while a sink delivers, and the new one must not hear how far that got in the old.
void Delivery::advance() {
  if (installation_.empty() || (cursor_ && *cursor_ >= position_)) return;
  if (outbox_.advance(options_.name, position_)) cursor_ = position_;
}

void Delivery::advance_if_current() {
  const auto batch = outbox_.read_after(position_, 1);
  if (batch && batch->installation == installation_) advance();
}

Delivery::Turn Delivery::deliver(const EventBatch& batch) {
  {
    const std::scoped_lock lock(mutex_);
    status_.oldest_pending = batch.events.front().at;
  }
  const auto delivered = sink_->deliver(batch);
  const std::uint64_t before = position_;
  position_ = delivered ? batch.events.back().sequence : delivered.error().delivered;
  const auto rest = std::ranges::upper_bound(batch.events, position_, {}, &Event::sequence);
  const auto count = std::ranges::count_if(batch.events.begin(), rest,
                                           [&](const Event& e) { return e.sequence > before; });
  if (delivered) {
    failures_ = 0;
  } else {
    failures_ = count > 0 ? 1 : failures_ + 1;
    const double jitter = std::uniform_real_distribution<>()(random_);
    due_ = options_.now() + wait_after(failures_, jitter, options_);
    advance_if_current();  // there may be long before the next turn
  }
  const std::scoped_lock lock(mutex_);
  status_.up = delivered.has_value();
  status_.why = delivered ? "" : delivered.error().error.message();
  status_.delivered_sequence = position_;
  status_.delivered_events_total += static_cast<std::uint64_t>(count);
  if (!delivered) ++status_.failures_total;
  status_.oldest_pending.reset();
  if (rest != batch.events.end()) status_.oldest_pending = rest->at;
  return delivered ? Turn::delivered : Turn::failed;
}

Delivery::Turn Delivery::read_failed(const Error& error) {
  due_ = options_.now() + options_.first_wait;
  const std::scoped_lock lock(mutex_);
  status_.up = false;
  status_.why = error.message();
  return Turn::failed;
}

}  // namespace wgaudit
