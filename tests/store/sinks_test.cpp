// The outbox as sinks see it: reading, cursors, what leaves it.
#include <gtest/gtest.h>

#include "exporter/store/sqlite.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

std::vector<std::uint64_t> sequences(const StoreWorld& world) {
  std::vector<std::uint64_t> all;
  for (const Event& event : world.events()) all.push_back(event.sequence);
  return all;
}
std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t i = first; i <= last; ++i) all.push_back(i);
  return all;
}

class Sinks : public testing::Test {
 protected:
  void open(StoreLimits limits = {}) {
    world_.limits = limits;
    world_.restart(at({}));
  }
  void add_events(std::size_t count, const Now& now = at({})) {
    ASSERT_TRUE(world_.commit(events_step(world_.memory, count, now), now))
        << world_.store->status().why;
  }
  StoreWorld world_;
};

TEST_F(Sinks, ReadWhatIsAfterTheirCursor) {
  open();
  EXPECT_TRUE(world_.store->read_after(0, 10)->events.empty());
  add_events(5);
  const auto batch = world_.store->read_after(2, 2);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->installation, world_.installation());
  ASSERT_EQ(batch->events.size(), 2U);
  EXPECT_EQ(batch->events[0].sequence, 3U);
  EXPECT_EQ(batch->events[1], events_step({}, 5, at({})).events[3]);
  EXPECT_TRUE(world_.store->read_after(5, 10)->events.empty());
  EXPECT_TRUE(world_.store->read_after(0, 0)->events.empty());
}

TEST_F(Sinks, GetLargeEventsInSmallBatches) {
  open();
  Step step = quiet_step(world_.memory, at({}));
  for (int i = 0; i < 10; ++i) add_event(step, at({}), std::string(400'000, 'x'));
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  EXPECT_EQ(world_.store->read_after(0, 1000)->events.size(), 3U);
  EXPECT_EQ(sequences(world_), from_to(1, 10));
}

TEST_F(Sinks, GetAnEventThatCannotBeReadAsOneThatIsLost) {
  open();
  add_events(4);
  auto other = Database::open(world_.path("state.db"), Database::Mode::read_write);
  ASSERT_TRUE(
      (*other)->run("UPDATE events SET action = 'of-the-future' WHERE sequence = 2;"
                    "UPDATE events SET facts = x'01ff' WHERE sequence = 3"));
  const auto events = world_.events();
  ASSERT_EQ(events.size(), 4U);
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_EQ(events[i].sequence, i + 1);
    EXPECT_EQ(events[i].at, at({}).wall);
    EXPECT_EQ(events[i].action, Action::events_lost);
    const auto number = static_cast<std::int64_t>(i + 1);
    EXPECT_EQ(events[i].facts,
              (std::vector<Fact>{{Field::lost_first, number}, {Field::lost_last, number}}));
  }
}

TEST_F(Sinks, HaveACursorThatOnlyAdvances) {
  open();
  add_events(5);
  EXPECT_EQ(world_.store->cursor("file"), std::nullopt);
  EXPECT_TRUE(world_.store->advance("file", 3));
  EXPECT_TRUE(world_.store->advance("http", 0));
  EXPECT_EQ(world_.store->cursor("file"), 3U);
  EXPECT_TRUE(world_.store->advance("file", 2));
  EXPECT_EQ(world_.store->cursor("file"), 3U);
  EXPECT_FALSE(world_.store->advance("file", 6)) << "beyond the last event";
  world_.restart(at({}));
  EXPECT_EQ(world_.store->cursor("file"), 3U);
  EXPECT_EQ(world_.store->cursor("http"), 0U);
  const OutboxStatus status = world_.store->outbox();
  EXPECT_EQ(status.first, 1U);
  EXPECT_EQ(status.last, 5U);
  ASSERT_EQ(status.sinks.size(), 2U);
  EXPECT_EQ(status.sinks[0].name, "file");
  EXPECT_EQ(status.sinks[0].delivered, 3U);
  EXPECT_EQ(status.drop_through, 0U);
}

TEST_F(Sinks, GoBackToWhatIsKept) {
  open({.kept_events = 4, .kept_bytes = 0});
  add_events(10);
  ASSERT_TRUE(world_.store->advance("syslog", 10));
  EXPECT_TRUE(world_.store->rewind("syslog", 8));
  EXPECT_EQ(world_.store->cursor("syslog"), 8U);
  EXPECT_TRUE(world_.store->rewind("syslog", 9)) << "that is not back";
  EXPECT_TRUE(world_.store->rewind("new", 3));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(world_.store->cursor("syslog"), 8U);
    EXPECT_EQ(world_.store->cursor("new"), std::nullopt);
    world_.restart(at({}));
  }
  ASSERT_TRUE(world_.store->advance("syslog", 10));
  add_events(1);
  ASSERT_EQ(sequences(world_), from_to(7, 11));
  EXPECT_TRUE(world_.store->rewind("syslog", 2));
  EXPECT_EQ(world_.store->cursor("syslog"), 6U) << "nobody waits for what is gone";
  EXPECT_EQ(world_.store->outbox().sinks[0].delivered, 6U);
  add_events(10);
  EXPECT_EQ(sequences(world_), from_to(7, 21)) << "they wait for the sink again";
}

TEST_F(Sinks, AreForgottenWhenTheyAreNoLongerConfigured) {
  open();
  add_events(5);
  ASSERT_TRUE(world_.store->advance("file", 3));
  ASSERT_TRUE(world_.store->advance("http", 1));
  world_.store->keep_sinks([] { return std::vector<std::string>{"file", "new"}; });
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(world_.store->cursor("file"), 3U);
    EXPECT_EQ(world_.store->cursor("http"), std::nullopt);
    EXPECT_EQ(world_.store->cursor("new"), std::nullopt);
    world_.restart(at({}));
  }
}

TEST_F(Sinks, AnOutboxOverItsLimitDropsItsOldest) {
  open({.outbox_bytes = 3000});
  add_events(10);
  ASSERT_TRUE(world_.store->advance("file", 4));
  ASSERT_TRUE(world_.store->advance("http", 9));
  EXPECT_EQ(world_.store->outbox().drop_through, 0U);
  add_events(10);
  const std::uint64_t through = world_.store->outbox().drop_through;
  ASSERT_GT(through, 4U);
  ASSERT_LT(through, 20U);
  Step step = events_step(world_.memory, 1, at({}));
  step.delta.drop_through = through;
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(sequences(world_), from_to(through + 1, 21));
    EXPECT_EQ(world_.store->cursor("file"), through);
    EXPECT_EQ(world_.store->cursor("http"), std::max<std::uint64_t>(through, 9));
    EXPECT_EQ(world_.store->status().events_lost_total, through - 4);
    EXPECT_EQ(world_.store->outbox().drop_through, 0U);
    world_.restart(at({}));
  }
}

TEST_F(Sinks, WhatNobodyWaitsForIsNotLost) {
  open({.outbox_bytes = 1});
  add_events(3);
  Step step = events_step(world_.memory, 1, at({}));
  step.delta.drop_through = 3;
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  EXPECT_EQ(sequences(world_), from_to(4, 4));
  EXPECT_EQ(world_.store->status().events_lost_total, 0U);
  step = quiet_step(world_.memory, at({}));
  step.delta.drop_through = 4;
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  EXPECT_TRUE(world_.events().empty());
  world_.restart(at({}));
  EXPECT_EQ(world_.store->status().last_sequence, 4U);
  add_events(1);
  EXPECT_EQ(sequences(world_), from_to(5, 5)) << "the number goes on";
}

TEST_F(Sinks, DeliveredEventsGoByAge) {
  open({.kept_events = 2, .kept_for = days(7)});
  add_events(5);
  add_events(1, at(days(6)));
  ASSERT_TRUE(world_.store->advance("file", 6));
  add_events(1, at(days(7)));
  EXPECT_EQ(sequences(world_), from_to(1, 7)) << "not older than 7 days";
  add_events(1, at(days(7) + seconds(1)));
  EXPECT_EQ(sequences(world_), from_to(6, 8)) << "those of the first day are gone";
}

TEST_F(Sinks, DeliveredEventsGoBySize) {
  open({.kept_events = 2, .kept_bytes = 1000});
  add_events(10);
  ASSERT_TRUE(world_.store->advance("file", 10));
  add_events(1);
  const auto kept = sequences(world_);
  EXPECT_LT(kept.size(), 7U);
  EXPECT_GE(kept.size(), 3U);
  EXPECT_EQ(kept.back(), 11U);
}

TEST_F(Sinks, TheNewestStayAndWhatIsNotDelivered) {
  open({.kept_events = 4, .kept_bytes = 0});
  add_events(10);
  ASSERT_TRUE(world_.store->advance("file", 3));
  add_events(1);
  EXPECT_EQ(sequences(world_), from_to(4, 11));
  ASSERT_TRUE(world_.store->advance("file", 11));
  add_events(1);
  EXPECT_EQ(sequences(world_), from_to(8, 12));
}

TEST_F(Sinks, WithoutSinksTheSameHoldsForAll) {
  open({.kept_events = 4, .kept_bytes = 0});
  add_events(10);
  add_events(1);
  EXPECT_EQ(sequences(world_), from_to(7, 11));
}

TEST_F(Sinks, ACommitRemovesAFewAtOnce) {
  open({.kept_events = 0, .kept_bytes = 0, .trimmed_at_once = 3});
  add_events(10);
  add_events(1);
  EXPECT_EQ(sequences(world_), from_to(4, 11));
}

}  // namespace
}  // namespace wgaudit::test
