// A delivery to a sink that the test plays, and a clock that it moves.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exporter/sinks/delivery.hpp"
#include "tests/sinks/fake_outbox.hpp"

namespace wgaudit::test {

using SteadyClock = std::chrono::steady_clock;
inline constexpr std::chrono::seconds kPatience{20};

// What the sink got, and how it answers. Outlives it; any thread.
struct Receiver {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::uint64_t> got;
  std::string installation;
  std::optional<std::uint64_t> resumed_with;
  std::uint64_t tail = 0;  // what resume() finds
  int tends = 0, reopens = 0, deliveries = 0;
  // How many of the batch are taken; fewer than all: a failure.
  std::function<std::size_t(const EventBatch&)> takes = [](const EventBatch& b) {
    return b.events.size();
  };
  bool blocks = false, interrupted = false, tend_fails = false;
  bool hangs = false;  // where it blocks: whatever interrupts it, as a disk does
  std::optional<std::uint64_t> fails_back;  // the next deliver() fails, and had no more than that
  std::optional<std::uint64_t> lost_after;  // confirm() says so once

  template <typename Predicate>
  [[nodiscard]] bool wait_for(Predicate predicate) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience, predicate);
  }
  [[nodiscard]] bool wait_for_events(std::size_t count) {
    return wait_for([&] { return got.size() >= count; });
  }
};

class FakeSink : public Sink {
 public:
  explicit FakeSink(Receiver& receiver) : receiver_(receiver) {}
  std::uint64_t resume(const std::string& installation,
                       std::optional<std::uint64_t> cursor) override {
    const std::scoped_lock lock(receiver_.mutex);
    receiver_.installation = installation;
    receiver_.resumed_with = cursor;
    return std::max(receiver_.tail, cursor.value_or(0));
  }
  std::expected<void, Failure> deliver(const EventBatch& events) override {
    std::unique_lock lock(receiver_.mutex);
    ++receiver_.deliveries;
    receiver_.changed.notify_all();
    if (receiver_.blocks) {
      receiver_.changed.wait(
          lock, [&] { return receiver_.hangs ? !receiver_.blocks : receiver_.interrupted; });
      return std::unexpected(
          Failure{{"cannot deliver", "", "interrupted"}, events.events.front().sequence - 1});
    }
    if (const auto delivered = std::exchange(receiver_.fails_back, std::nullopt)) {
      return std::unexpected(Failure{{"cannot deliver", "receiver", "refused"}, *delivered});
    }
    const std::size_t count = receiver_.takes(events);
    for (std::size_t i = 0; i < count; ++i) receiver_.got.push_back(events.events[i].sequence);
    receiver_.changed.notify_all();
    if (count == events.events.size()) return {};
    return std::unexpected(Failure{{"cannot deliver", "receiver", "refused"},
                                   events.events.front().sequence + count - 1});
  }
  std::expected<void, Failure> confirm() override {
    const std::scoped_lock lock(receiver_.mutex);
    const auto after = std::exchange(receiver_.lost_after, std::nullopt);
    if (!after) return {};
    return std::unexpected(Failure{{"cannot deliver", "receiver", "gone"}, *after});
  }
  std::expected<void, Failure> tend(bool reopen) override {
    const std::scoped_lock lock(receiver_.mutex);
    ++(reopen ? receiver_.reopens : receiver_.tends);
    receiver_.changed.notify_all();
    if (!receiver_.tend_fails) return {};
    return std::unexpected(Failure{{"cannot tend", "receiver", "refused"}, receiver_.got.size()});
  }
  void interrupt() override {
    const std::scoped_lock lock(receiver_.mutex);
    receiver_.interrupted = true;
    receiver_.changed.notify_all();
  }

 private:
  Receiver& receiver_;
};

class DeliveryTest : public testing::Test {
 protected:
  template <typename Predicate>
  static bool wait_until(Predicate predicate) {
    const auto limit = SteadyClock::now() + kPatience;
    while (!predicate() && SteadyClock::now() < limit) std::this_thread::yield();
    return predicate();
  }
  std::unique_ptr<Delivery> start(bool paused = false) {
    DeliveryOptions options{.name = "fake",
                            .now = [this] { return BootTime{Duration{now_.load()}}; },
                            .batch_events = 10,
                            .paused = paused,
                            .failed =
                                [this](const Error& error) {
                                  const std::scoped_lock lock(receiver_.mutex);
                                  why_ = error.why;
                                  ++failed_;
                                }};
    auto delivery = std::make_unique<Delivery>(options, std::make_unique<FakeSink>(receiver_),
                                               outbox_.outbox());
    delivery->start();
    return delivery;
  }
  static void stop(Delivery& delivery) { delivery.stop_by(SteadyClock::now() + kPatience); }

  FakeOutbox outbox_;
  Receiver receiver_;
  std::atomic<std::int64_t> now_ = 0;
  std::atomic<int> failed_ = 0;  // told of
  std::string why_;              // the last of them
};

}  // namespace wgaudit::test
