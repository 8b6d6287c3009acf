#include "exporter/sinks/delivery.hpp"

#include <algorithm>
#include <random>
#include <span>

#include "tests/sinks/delivery_fixture.hpp"
#include "tests/sinks/segments.hpp"

namespace wgaudit::test {
namespace {

TEST_F(DeliveryTest, DeliversWhatIsThereAndThenWhatIsCommitted) {
  outbox_.commit(25);
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for_events(25));
  outbox_.commit(3);
  delivery->wake();
  ASSERT_TRUE(receiver_.wait_for_events(28));
  stop(*delivery);
  EXPECT_EQ(receiver_.got, up_to(28));
  EXPECT_EQ(outbox_.cursor(), 28U);
  EXPECT_EQ(delivery->status(),
            (SinkStatus{.name = "fake", .delivered_sequence = 28, .delivered_events_total = 28}));
}

TEST_F(DeliveryTest, AWakeUpIsAnsweredAtOnce) {
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.tends > 0; }));
  auto longest = SteadyClock::duration::zero();
  for (std::size_t i = 1; i <= 50; ++i) {
    outbox_.commit(1);
    const auto before = SteadyClock::now();
    delivery->wake();
    ASSERT_TRUE(receiver_.wait_for_events(i));
    longest = std::max(longest, SteadyClock::now() - before);
  }
  // Far below the second after which it would have looked by itself.
  EXPECT_LT(longest, std::chrono::milliseconds{500});
  RecordProperty(
      "longest_us",
      static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(longest).count()));
}

TEST_F(DeliveryTest, ANewSinkGetsACursorAndAKnownOneGoesOnFromItsTail) {
  outbox_.commit(20);
  receiver_.tail = 20;
  {
    const auto delivery = start();
    ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.tends > 0; }));
    EXPECT_EQ(receiver_.resumed_with, std::nullopt);
    EXPECT_EQ(outbox_.cursor(), 20U);
  }
  receiver_.tail = 0;
  receiver_.tends = 0;
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.tends > 0; }));
  EXPECT_EQ(receiver_.resumed_with, 20U);
  EXPECT_EQ(receiver_.got, std::vector<std::uint64_t>{});
}

TEST_F(DeliveryTest, ASinkThatFailsAtRandomLosesAndDoublesNothing) {
  receiver_.takes = [random = std::minstd_rand(3)](const EventBatch& events) mutable {
    return random() % 3 == 0 ? events.events.size() : random() % events.events.size();
  };
  outbox_.commit(100);
  const auto delivery = start();
  for (int i = 0; i < 400; ++i) outbox_.commit(1);
  while (delivery->status().delivered_sequence < 500) {
    now_ += std::chrono::nanoseconds{std::chrono::seconds{31}}.count();
    delivery->wake();
    std::this_thread::yield();
  }
  stop(*delivery);
  EXPECT_EQ(receiver_.got, up_to(500));
  EXPECT_EQ(delivery->status().delivered_events_total, 500U);
  EXPECT_GT(delivery->status().failures_total, 10U);
  EXPECT_EQ(outbox_.cursor(), 500U);
}

TEST_F(DeliveryTest, AfterAFailureItWaitsThoughThereAreCommits) {
  receiver_.takes = [](const EventBatch&) { return std::size_t{0}; };
  outbox_.commit(3);
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.deliveries == 1; }));
  for (int i = 0; i < 100; ++i) {
    delivery->wake();
    delivery->reopen();
    ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.reopens > i; }));
  }
  EXPECT_EQ(receiver_.deliveries, 1);
  const SinkStatus failing = delivery->status();
  EXPECT_FALSE(failing.up);
  EXPECT_EQ(failing.why, "cannot deliver: receiver: refused");
  EXPECT_EQ(failing.failures_total, 1U);
  EXPECT_EQ(failing.oldest_pending, event(1).at);
  EXPECT_EQ(failed_, 1);
  EXPECT_EQ(why_, receiver_.blocks ? "interrupted" : "refused");
  now_ = std::chrono::nanoseconds{std::chrono::seconds{1}}.count();
  {
    const std::scoped_lock lock(receiver_.mutex);
    receiver_.takes = [](const EventBatch& events) { return events.events.size(); };
  }
  delivery->wake();
  ASSERT_TRUE(receiver_.wait_for_events(3));
  stop(*delivery);
  EXPECT_TRUE(delivery->status().up);
  EXPECT_EQ(delivery->status().oldest_pending, std::nullopt);
  EXPECT_EQ(failed_, 1);
  EXPECT_EQ(why_, receiver_.blocks ? "interrupted" : "refused");
}

TEST_F(DeliveryTest, AFailureWithProgressIsTheFirstAgain) {
  receiver_.takes = [](const EventBatch&) { return std::size_t{1}; };
  outbox_.commit(100);
  const auto delivery = start();
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.deliveries == i; }));
    while (delivery->status().failures_total != static_cast<std::uint64_t>(i)) {
      std::this_thread::yield();
    }
    now_ += std::chrono::nanoseconds{std::chrono::seconds{1}}.count();
    delivery->wake();
  }
}

TEST_F(DeliveryTest, ANewInstallationIsTakenUpFromItsBeginning) {
  outbox_.commit(30);
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for_events(30));
  outbox_.replace(kOtherInstallation, 4);
  delivery->wake();
  ASSERT_TRUE(receiver_.wait_for_events(34));
  stop(*delivery);
  EXPECT_EQ(receiver_.installation, kOtherInstallation);
  EXPECT_EQ(receiver_.got[33], 4U);
  EXPECT_EQ(outbox_.cursor(), 4U);
  EXPECT_EQ(delivery->status().delivered_events_total, 34U);
}

TEST_F(DeliveryTest, ADatabaseReplacedDuringADeliveryDoesNotHearOfTheOld) {
  for (const bool fails : {false, true}) {
    outbox_.replace(kInstallation, 30);
    receiver_.got.clear();
    receiver_.takes = [&](const EventBatch& events) {
      if (events.installation == kInstallation && events.events.back().sequence == 30) {
        outbox_.replace(kOtherInstallation, 50);
        if (fails) return events.events.size() - 1;
      }
      return events.events.size();
    };
    const auto delivery = start();
    const std::size_t old = fails ? 29 : 30;
    ASSERT_TRUE(receiver_.wait_for_events(old));
    while (delivery->status().delivered_sequence != 50) {
      now_ += std::chrono::nanoseconds{std::chrono::seconds{1}}.count();
      delivery->wake();
      std::this_thread::yield();
    }
    stop(*delivery);
    EXPECT_EQ(receiver_.got.size(), old + 50);
    EXPECT_TRUE(std::ranges::equal(std::span(receiver_.got).subspan(old), up_to(50)));
  }
}

TEST_F(DeliveryTest, AnOutboxThatCannotBeReadOrAdvancedIsTriedAgain) {
  outbox_.commit(5);
  outbox_.set_broken(true);
  const auto delivery = start();
  while (delivery->status().up) std::this_thread::yield();
  EXPECT_EQ(delivery->status().why, "cannot read the outbox: locked");
  EXPECT_EQ(delivery->status().failures_total, 0U);
  {
    const std::scoped_lock lock(receiver_.mutex);
    receiver_.takes = [&](const EventBatch& events) {
      outbox_.set_broken(true);  // as soon as it has delivered, the disk is full again
      return events.events.size();
    };
  }
  outbox_.set_broken(false);
  now_ += std::chrono::nanoseconds{std::chrono::seconds{1}}.count();
  delivery->wake();
  ASSERT_TRUE(receiver_.wait_for_events(5));
  EXPECT_EQ(outbox_.cursor(), 0U);
  outbox_.set_broken(false);
  while (outbox_.cursor() != 5U) {
    now_ += std::chrono::nanoseconds{std::chrono::seconds{1}}.count();
    delivery->wake();
    std::this_thread::yield();
  }
  stop(*delivery);
  EXPECT_EQ(receiver_.got, up_to(5));
  EXPECT_TRUE(delivery->status().up);
}

TEST_F(DeliveryTest, AStopDeliversWhatIsThere) {
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.tends > 0; }));
  outbox_.commit(300);
  stop(*delivery);
  EXPECT_EQ(receiver_.got, up_to(300));
}

TEST_F(DeliveryTest, AStopEndsWhenTheSinkFails) {
  receiver_.takes = [](const EventBatch&) { return std::size_t{0}; };
  outbox_.commit(3);
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.deliveries == 1; }));
  stop(*delivery);
  EXPECT_EQ(receiver_.deliveries, 2);  // once more, and no longer
}

TEST_F(DeliveryTest, AStopInterruptsASinkThatBlocks) {
  receiver_.blocks = true;
  outbox_.commit(3);
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.deliveries == 1; }));
  EXPECT_EQ(delivery->status().oldest_pending, event(1).at);
  const auto before = SteadyClock::now();
  delivery->stop_by(before + std::chrono::milliseconds{50});
  EXPECT_GE(SteadyClock::now() - before, std::chrono::milliseconds{50});
  EXPECT_LT(SteadyClock::now() - before, std::chrono::seconds{2});
}

TEST_F(DeliveryTest, ADestructorStops) {
  receiver_.blocks = true;
  outbox_.commit(3);
  auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.deliveries == 1; }));
  delivery.reset();
  EXPECT_TRUE(receiver_.interrupted);
}

TEST(WaitAfter, DoublesUpToItsLimit) {
  const DeliveryOptions options;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  EXPECT_EQ(wait_after(1, 0, options), seconds{1});
  EXPECT_EQ(wait_after(2, 0, options), seconds{2});
  EXPECT_EQ(wait_after(5, 0, options), seconds{16});
  EXPECT_EQ(wait_after(6, 0, options), seconds{30});
  EXPECT_EQ(wait_after(4'000'000'000, 0, options), seconds{30});
  EXPECT_EQ(wait_after(1, 0.5, options), milliseconds{750});
}

// A disk that does not answer: whoever stops it goes on, and what takes its place waits for it.
TEST_F(DeliveryTest, WhatDoesNotEndIsHandedOn) {
  outbox_.commit(3);
  receiver_.blocks = receiver_.hangs = true;
  auto before = start();
  ASSERT_TRUE(receiver_.wait_for([&] { return receiver_.deliveries == 1; }));
  const auto begun = SteadyClock::now();
  EXPECT_FALSE(before->try_stop_by(begun + std::chrono::milliseconds{10}));
  EXPECT_LT(SteadyClock::now() - begun, std::chrono::seconds{5});
  EXPECT_FALSE(before->has_ended());
  Receiver another;
  Delivery next(DeliveryOptions{.name = "fake", .now = [] { return BootTime{}; }},
                std::make_unique<FakeSink>(another), outbox_.outbox());
  next.start(std::move(before));
  EXPECT_FALSE(next.status().up);
  EXPECT_EQ(next.status().why, "what was configured before does not end");
  {
    const std::scoped_lock lock(receiver_.mutex);
    receiver_.blocks = false;
    receiver_.changed.notify_all();
  }
  ASSERT_TRUE(another.wait_for_events(3));
  ASSERT_TRUE(wait_until([&] { return next.status().up; }));
  EXPECT_TRUE(next.try_stop_by(SteadyClock::now() + kPatience));
  EXPECT_TRUE(next.has_ended());
  EXPECT_EQ(outbox_.cursor(), 3U);
}

// What is gone is not waited for.
TEST_F(DeliveryTest, ANewPausedSinkWaitsForWhatIsKept) {
  outbox_.commit(25);
  outbox_.trim(20);
  const auto delivery = start(true);
  ASSERT_TRUE(wait_until([&] { return delivery->status().oldest_pending == event(21).at; }));
  EXPECT_EQ(delivery->status().delivered_sequence, 20U);
  stop(*delivery);
}

}  // namespace
}  // namespace wgaudit::test
