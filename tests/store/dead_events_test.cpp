// Events that a receiver refused: kept with the cursor that passed over them, or not at all.
#include <gtest/gtest.h>

#include "exporter/store/reader.hpp"
#include "exporter/store/sqlite.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

class DeadEvents : public testing::Test {
 protected:
  void open(StoreLimits limits = {}, std::size_t events = 10) {
    world_.limits = limits;
    world_.restart(at({}));
    ASSERT_TRUE(world_.commit(events_step(world_.memory, events, at({})), at({})));
  }
  // "SINK SEQUENCE REASON" a line.
  std::string dead(const std::string& sink = "") {
    const auto reader = StoreReader::open(world_.directory);
    if (!reader) return reader.error().message();
    const auto found = reader->dead_events(sink);
    if (!found) return found.error().message();
    std::string text;
    for (const DeadEvent& one : *found) {
      text += one.sink + ' ' + std::to_string(one.event.sequence) + ' ' + one.reason + '\n';
    }
    return text;
  }
  StoreWorld world_;
};

TEST_F(DeadEvents, AreKeptWholeWithTheCursor) {
  open();
  ASSERT_TRUE(world_.store->advance("siem", 2));
  ASSERT_TRUE(
      world_.store->set_aside("siem", 5, {{3, "status 400"}, {5, "too large"}}, at({}).wall));
  EXPECT_EQ(world_.store->cursor("siem"), 5U);
  ASSERT_TRUE(world_.store->set_aside("other", 3, {{3, "no"}}, at(seconds{7}).wall));
  world_.restart(at({}));
  EXPECT_EQ(world_.store->cursor("siem"), 5U);
  EXPECT_EQ(dead(), "siem 3 status 400\nsiem 5 too large\nother 3 no\n");
  EXPECT_EQ(dead("other"), "other 3 no\n");
  EXPECT_EQ(dead("nobody"), "");
  const auto found = StoreReader::open(world_.directory)->dead_events("other");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->front().event, world_.events()[2]);
  EXPECT_EQ(found->front().set_aside_at, at(seconds{7}).wall);
}

TEST_F(DeadEvents, StayWhenTheOutboxLetsThemGo) {
  open({.kept_events = 0, .kept_bytes = 0});
  ASSERT_TRUE(world_.store->set_aside("siem", 10, {{4, "x"}}, at({}).wall));
  ASSERT_TRUE(world_.commit(events_step(world_.memory, 1, at({})), at({})));
  EXPECT_EQ(world_.events().size(), 1U);
  EXPECT_EQ(dead(), "siem 4 x\n");
}

TEST_F(DeadEvents, TwiceIsOnceAndTheFirstReasonStays) {
  open();
  ASSERT_TRUE(world_.store->set_aside("siem", 3, {{3, "first"}}, at({}).wall));
  ASSERT_TRUE(world_.store->set_aside("siem", 3, {{3, "second"}}, at({}).wall));
  EXPECT_EQ(dead(), "siem 3 first\n");
  ASSERT_TRUE(world_.store->set_aside("siem", 1, {}, at({}).wall));
  EXPECT_EQ(world_.store->cursor("siem"), 3U);  // it only advances
}

TEST_F(DeadEvents, TheOldestGoOverTheLimit) {
  open({.dead_events = 3});
  ASSERT_TRUE(world_.store->set_aside("a", 2, {{1, "x"}, {2, "x"}}, at({}).wall));
  ASSERT_TRUE(world_.store->set_aside("b", 3, {{2, "x"}, {3, "x"}}, at({}).wall));
  EXPECT_EQ(dead(), "a 2 x\nb 2 x\nb 3 x\n");
}

TEST_F(DeadEvents, WhatCannotBeWrittenMovesNothing) {
  open();
  ASSERT_TRUE(world_.store->advance("siem", 1));
  EXPECT_FALSE(world_.store->set_aside("siem", 11, {{3, "x"}}, at({}).wall));  // beyond the last
  {
    auto other = Database::open(world_.path("state.db"), Database::Mode::read_write);
    ASSERT_TRUE((*other)->run(
        "CREATE TRIGGER full BEFORE INSERT ON dead_events BEGIN SELECT RAISE(ABORT, 'full'); END"));
  }
  EXPECT_FALSE(world_.store->set_aside("siem", 3, {{3, "x"}}, at({}).wall));
  EXPECT_EQ(world_.store->cursor("siem"), 1U);
  world_.restart(at({}));
  EXPECT_EQ(world_.store->cursor("siem"), 1U);
  EXPECT_EQ(dead(), "");
}

}  // namespace
}  // namespace wgaudit::test
