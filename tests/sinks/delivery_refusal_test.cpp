// Batches that a receiver rejects, and events that it will never take.
#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "exporter/sinks/delivery.hpp"
#include "tests/sinks/fake_outbox.hpp"
#include "tests/sinks/segments.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

// Rejects a batch that holds poison as a whole, or takes the rest of it and names the poison.
struct Receiver {
  std::mutex mutex;
  std::set<std::uint64_t> poison;
  bool by_item = false, names_suspect = false, all_is_poison = false;
  std::optional<Duration> retry_after;  // an outage that says so
  std::vector<std::uint64_t> got;
  int deliveries = 0;
};

class RejectingSink : public Sink {
 public:
  explicit RejectingSink(Receiver& receiver) : receiver_(receiver) {}
  std::uint64_t resume(const std::string&, std::optional<std::uint64_t> cursor) override {
    return cursor.value_or(0);
  }
  std::expected<void, Failure> deliver(const EventBatch& batch) override {
    const std::scoped_lock lock(receiver_.mutex);
    ++receiver_.deliveries;
    const std::uint64_t before = batch.events.front().sequence - 1;
    Failure failure{{"cannot deliver", "receiver", "status 400"}, before};
    if (receiver_.retry_after) {
      failure.retry_after = receiver_.retry_after;
      return std::unexpected(failure);
    }
    return receiver_.by_item ? take_items(batch, failure) : take_whole(batch, failure);
  }

 private:
  [[nodiscard]] bool is_poison(const Event& event) const {
    return receiver_.all_is_poison || receiver_.poison.contains(event.sequence);
  }
  std::expected<void, Failure> take_whole(const EventBatch& batch, Failure failure) {
    for (const Event& event : batch.events) {
      if (!is_poison(event)) continue;
      failure.rejected =
          Rejection{batch.events.back().sequence, receiver_.names_suspect ? event.sequence : 0};
      return std::unexpected(failure);
    }
    for (const Event& event : batch.events) receiver_.got.push_back(event.sequence);
    return {};
  }
  std::expected<void, Failure> take_items(const EventBatch& batch, Failure failure) {
    for (const Event& event : batch.events) {
      if (is_poison(event)) {
        failure.refused.push_back({event.sequence, "status 400"});
      } else {
        receiver_.got.push_back(event.sequence);
      }
    }
    if (failure.refused.empty()) return {};
    failure.delivered = batch.events.back().sequence;
    return std::unexpected(failure);
  }

  Receiver& receiver_;
};

class RefusalTest : public testing::Test {
 protected:
  std::unique_ptr<Delivery> start(bool paused = false) {
    DeliveryOptions options{.name = "fake",
                            .now = [this] { return BootTime{Duration{now_.load()}}; },
                            .batch_events = 64,
                            .refused_in_a_row = 5,
                            .paused = paused};
    auto delivery = std::make_unique<Delivery>(options, std::make_unique<RejectingSink>(receiver_),
                                               outbox_.outbox());
    delivery->start();
    return delivery;
  }
  template <typename Predicate>
  void run_until(Delivery& delivery, Predicate predicate) {
    const auto deadline = std::chrono::steady_clock::now() + seconds{20};
    while (!predicate()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      delivery.wake();
      std::this_thread::yield();
    }
  }
  void deliver_to(std::uint64_t sequence) {
    const auto delivery = start();
    run_until(*delivery, [&] { return outbox_.cursor() == sequence; });
    status_ = delivery->status();
  }
  // All but the poison, in order and once; the poison set aside, in order and once.
  void expect_all_but_poison(std::uint64_t last) {
    std::vector<std::uint64_t> good;
    for (std::uint64_t i = 1; i <= last; ++i) {
      if (!receiver_.poison.contains(i)) good.push_back(i);
    }
    EXPECT_EQ(receiver_.got, good);
    std::vector<std::uint64_t> dead;
    for (const Refusal& refusal : outbox_.dead()) {
      dead.push_back(refusal.sequence);
      EXPECT_EQ(refusal.reason, "status 400");
    }
    EXPECT_EQ(dead, std::vector<std::uint64_t>(receiver_.poison.begin(), receiver_.poison.end()));
    EXPECT_EQ(status_.delivered_events_total, good.size());
    EXPECT_EQ(status_.dead_events_total, dead.size());
    EXPECT_TRUE(status_.up) << status_.why;
  }

  FakeOutbox outbox_;
  Receiver receiver_;
  SinkStatus status_;
  std::atomic<std::int64_t> now_ = 0;  // stands still: nothing here waits
};

TEST_F(RefusalTest, ARejectedBatchIsHalvedUntilThePoisonStandsAlone) {
  receiver_.poison = {1, 2, 40, 64, 65, 200, 201, 202, 300};
  outbox_.commit(300);
  deliver_to(300);
  expect_all_but_poison(300);
  EXPECT_EQ(status_.last_dead, (Refusal{300, "status 400"}));
  EXPECT_LT(receiver_.deliveries, 90);
}

TEST_F(RefusalTest, OnePoisonCostsAFewTries) {
  receiver_.poison = {50};
  outbox_.commit(64);
  deliver_to(64);
  expect_all_but_poison(64);
  EXPECT_LE(receiver_.deliveries, 14);  // 2 log2(64), and the rest
}

TEST_F(RefusalTest, TheOneThatTheReceiverNamesIsTriedFirst) {
  receiver_.poison = {50};
  receiver_.names_suspect = true;
  outbox_.commit(64);
  deliver_to(64);
  expect_all_but_poison(64);
  EXPECT_EQ(receiver_.deliveries, 4);  // all, those before, the one, those behind
}

TEST_F(RefusalTest, EventsThatAreRefusedOneByOneNeedNoHalving) {
  receiver_.poison = {1, 30, 31, 64, 100};
  receiver_.by_item = true;
  outbox_.commit(100);
  deliver_to(100);
  expect_all_but_poison(100);
  EXPECT_EQ(receiver_.deliveries, 2);
}

TEST_F(RefusalTest, TheCursorWaitsForWhatIsNotYetSetAside) {
  receiver_.poison = {3, 7};
  outbox_.set_full(true);
  outbox_.commit(10);
  {
    const auto delivery = start();
    run_until(*delivery, [&] { return delivery->status().delivered_sequence == 10; });
    EXPECT_EQ(outbox_.cursor(), std::nullopt);
    outbox_.set_full(false);
    run_until(*delivery, [&] { return outbox_.cursor() == 10U; });
  }
  EXPECT_EQ(outbox_.dead(), (std::vector<Refusal>{{3, "status 400"}, {7, "status 400"}}));
}

TEST_F(RefusalTest, AReceiverThatRefusesEverythingIsInTrouble) {
  for (const bool by_item : {false, true}) {
    receiver_.by_item = by_item;
    receiver_.all_is_poison = true;
    outbox_.replace(by_item ? kInstallation : kOtherInstallation, 40);
    const std::size_t before = outbox_.dead().size();
    const auto delivery = start();
    run_until(*delivery, [&] { return !delivery->status().up; });
    EXPECT_EQ(outbox_.dead().size(), before + 5);
    EXPECT_EQ(delivery->status().why,
              "cannot deliver: receiver: it refuses every event: status 400");
    // One more a try, and the waits grow.
    Duration waited{0};
    for (std::size_t tries = 1; tries <= 3; ++tries) {
      while (outbox_.dead().size() != before + 5 + tries) {
        now_ += std::chrono::nanoseconds{std::chrono::milliseconds{100}}.count();
        waited += std::chrono::milliseconds{100};
        delivery->wake();
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      }
    }
    EXPECT_GE(waited, seconds{3});  // 1 + 2 + 4, less up to half
    {
      const std::scoped_lock lock(receiver_.mutex);
      receiver_.all_is_poison = false;
    }
    now_ += std::chrono::nanoseconds{seconds{60}}.count();
    run_until(*delivery, [&] { return outbox_.cursor() == 40U; });
    EXPECT_TRUE(delivery->status().up);
    EXPECT_LE(outbox_.dead().size(), before + 10);
  }
}

TEST_F(RefusalTest, AReceiverThatAsksForTimeGetsItWithinReason) {
  receiver_.retry_after = std::chrono::hours{24};
  outbox_.commit(1);
  const auto delivery = start();
  const auto deliveries = [&] {
    const std::scoped_lock lock(receiver_.mutex);
    return receiver_.deliveries;
  };
  run_until(*delivery, [&] { return delivery->status().failures_total == 1; });
  now_ = std::chrono::nanoseconds{seconds{299}}.count();
  for (int i = 0; i < 1000; ++i) {
    delivery->wake();
    std::this_thread::yield();
  }
  EXPECT_EQ(deliveries(), 1);
  now_ = std::chrono::nanoseconds{seconds{300}}.count();
  run_until(*delivery, [&] { return deliveries() == 2; });
}

TEST_F(RefusalTest, APausedSinkHoldsItsPlace) {
  outbox_.commit(10);
  {
    const auto delivery = start(true);
    run_until(*delivery, [&] { return outbox_.cursor() == 0U; });
    EXPECT_TRUE(delivery->status().paused);
    EXPECT_TRUE(delivery->status().up);
    run_until(*delivery, [&] { return delivery->status().oldest_pending == event(1).at; });
  }
  EXPECT_EQ(receiver_.deliveries, 0);
  deliver_to(10);
  EXPECT_EQ(receiver_.got, up_to(10));
}

}  // namespace
}  // namespace wgaudit::test
