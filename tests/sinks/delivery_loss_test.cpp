// What was delivered and is lost after all, and what fails beside deliveries.
#include "tests/sinks/delivery_fixture.hpp"
#include "tests/sinks/segments.hpp"

namespace wgaudit::test {
namespace {

TEST_F(DeliveryTest, WhatIsLostAfterAllIsDeliveredAgain) {
  outbox_.commit(25);
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for_events(25));
  {
    const std::scoped_lock lock(receiver_.mutex);
    receiver_.lost_after = 12;
  }
  delivery->wake();
  ASSERT_TRUE(wait_until([&] { return delivery->status().failures_total == 1; }));
  EXPECT_EQ(delivery->status(), (SinkStatus{.name = "fake",
                                            .up = false,
                                            .why = "cannot deliver: receiver: gone",
                                            .delivered_sequence = 12,
                                            .delivered_events_total = 25,
                                            .failures_total = 1}));
  outbox_.commit(1);
  now_ = Duration{std::chrono::seconds{2}}.count();  // after a wait, as after any failure
  delivery->wake();
  ASSERT_TRUE(receiver_.wait_for_events(39));
  stop(*delivery);
  std::vector<std::uint64_t> want = up_to(25);
  for (std::uint64_t sequence = 13; sequence <= 26; ++sequence) want.push_back(sequence);
  EXPECT_EQ(receiver_.got, want);
  EXPECT_EQ(outbox_.cursor(), 26U);
  EXPECT_EQ(delivery->status().delivered_events_total, 26U);  // each once
}

TEST_F(DeliveryTest, WhatCannotBeTendedIsShownUntilItCan) {
  for (const bool paused : {false, true}) {
    SCOPED_TRACE(paused);
    failed_ = 0;
    receiver_.got.clear();
    outbox_.replace(paused ? "b" : "a", paused ? 0 : 3);
    const auto delivery = start(paused);
    ASSERT_TRUE(receiver_.wait_for_events(paused ? 0 : 3));
    const auto set = [&](bool fails) {
      const std::scoped_lock lock(receiver_.mutex);
      receiver_.tend_fails = fails;
    };
    set(true);
    delivery->reopen();
    ASSERT_TRUE(wait_until([&] { return failed_ > 0; }));
    ASSERT_TRUE(wait_until([&] { return !delivery->status().up; }));
    EXPECT_EQ(delivery->status().why, "cannot tend: receiver: refused");
    const auto later = [&] {  // again and again: when it is due is decided after it was told
      now_ += Duration{std::chrono::seconds{60}}.count();
      delivery->wake();
    };
    ASSERT_TRUE(wait_until([&] {
      later();
      return failed_ > 1;
    }));
    EXPECT_FALSE(delivery->status().up);
    EXPECT_GE(delivery->status().failures_total, 2U);
    set(false);
    ASSERT_TRUE(wait_until([&] {
      later();
      return delivery->status().up;
    }));
    EXPECT_EQ(delivery->status().why, "");
    EXPECT_EQ(delivery->status().delivered_sequence, paused ? 0U : 3U);
    EXPECT_EQ(outbox_.cursor(), paused ? 0U : 3U);
    stop(*delivery);
  }
}

// The receiver is down still when the program ends, or when the sink is told of another one.
TEST_F(DeliveryTest, WhatIsLostAfterAllIsDeliveredAgainByAnotherProcess) {
  for (const bool while_idle : {true, false}) {
    SCOPED_TRACE(while_idle);
    receiver_.got.clear();
    outbox_.replace(while_idle ? "a" : "b", 25);
    {
      const auto delivery = start();
      ASSERT_TRUE(receiver_.wait_for_events(25));
      ASSERT_TRUE(wait_until([&] { return outbox_.cursor() == 25U; }));
      {
        const std::scoped_lock lock(receiver_.mutex);
        (while_idle ? receiver_.lost_after : receiver_.fails_back) = 12;
        receiver_.takes = [](const EventBatch&) { return 0; };  // it is down
      }
      outbox_.commit(while_idle ? 0 : 1);
      delivery->wake();
      ASSERT_TRUE(wait_until([&] { return delivery->status().failures_total > 0; }));
    }
    EXPECT_EQ(outbox_.cursor(), 12U);
    receiver_.takes = [](const EventBatch& batch) { return batch.events.size(); };
    const auto delivery = start();
    ASSERT_TRUE(receiver_.wait_for_events(38));
    EXPECT_EQ(receiver_.resumed_with, 12U);
    EXPECT_EQ(receiver_.got[25], 13U);
  }
}

TEST_F(DeliveryTest, TheCursorOfAnotherDatabaseIsLeftAlone) {
  outbox_.commit(25);
  const auto delivery = start();
  ASSERT_TRUE(receiver_.wait_for_events(25));
  ASSERT_TRUE(wait_until([&] { return outbox_.cursor() == 25U; }));
  receiver_.tail = 100;
  outbox_.replace("another", 100);
  outbox_.set_cursor(100);
  {
    const std::scoped_lock lock(receiver_.mutex);
    receiver_.lost_after = 12;
  }
  delivery->wake();
  ASSERT_TRUE(wait_until([&] { return delivery->status().failures_total == 1; }));
  EXPECT_EQ(outbox_.cursor(), 100U);
}

}  // namespace
}  // namespace wgaudit::test
