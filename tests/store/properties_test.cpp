// load(commit(d)) == apply(d), whatever d.
#include <gtest/gtest.h>

#include "exporter/store/reader.hpp"
#include "tests/store/random_step.hpp"
#include "tests/support/history_model.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

class StoreProperties : public testing::TestWithParam<unsigned> {
 protected:
  void one_step(bool commits) {
    now_ = at(seconds(++polls_));
    Step step = random_step(random_, world_.memory, now_);
    if (!commits) {
      world_.memory.learn(std::move(step.delta));
      return;
    }
    history_.apply(step.delta);
    events_.insert(events_.end(), step.events.begin(), step.events.end());
    ASSERT_TRUE(world_.commit(std::move(step), now_)) << world_.store->status().why;
  }

  StoreWorld world_;
  std::mt19937_64 random_{GetParam()};
  int polls_ = 0;
  Now now_;
  HistoryModel history_;
  std::vector<Event> events_;
};

TEST_P(StoreProperties, WhatIsLoadedIsWhatWasApplied) {
  // Sessions of any time are made here, and none is forgotten.
  world_.limits.history_for = std::chrono::days(365 * 60);
  world_.restart(at(seconds(0)));
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 5; ++i) one_step(random_() % 4 != 0);
    if (HasFatalFailure()) return;
    ASSERT_TRUE(world_.store->write_learned(world_.memory, 0, 1, now_));
    const Stored want = stored(world_.memory);
    // One never has a boot id before its first commit; the store knows that no other boot was.
    if (want.program.boot_id.empty()) continue;
    world_.restart(at(seconds(polls_)));
    const Stored got = stored(world_.memory);
    ASSERT_EQ(got.devices, want.devices) << "round " << round;
    ASSERT_EQ(got.departed, want.departed);
    ASSERT_EQ(got.findings, want.findings);
    ASSERT_EQ(got.program, want.program);
    ASSERT_EQ(world_.memory.alive_before, now_.wall);
    ASSERT_EQ(world_.events(), events_);
  }
  const auto reader = StoreReader::open(world_.directory);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->sessions({}), history_.sessions());
  EXPECT_EQ(reader->endpoints({}), history_.endpoints());
  EXPECT_EQ(reader->findings({}), history_.findings());
  EXPECT_EQ(reader->keys({}), history_.keys());
  EXPECT_EQ(reader->extent(), HistoryExtent{}) << "nothing was removed";
}

TEST_P(StoreProperties, ALearnedStepLeavesWhatIsStoredAsItIs) {
  world_.open(at(seconds(0)));
  for (int i = 0; i < 5; ++i) one_step(true);
  ASSERT_TRUE(world_.store->write_learned(world_.memory, 0, 1, now_));
  const Stored want = stored(world_.memory);
  for (int i = 0; i < 5; ++i) one_step(false);
  world_.restart(now_);
  EXPECT_EQ(stored(world_.memory), want);
}

INSTANTIATE_TEST_SUITE_P(Seeds, StoreProperties, testing::Range(0U, 12U));

}  // namespace
}  // namespace wgaudit::test
