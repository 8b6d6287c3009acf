// Memory: what is told is told once, whatever the disk and restarts do.
#include "audit/memory.hpp"

#include <gtest/gtest.h>

#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::actions_of;
using test::device;
using test::event_of;
using test::kStart;
using test::Names;
using test::record;
using test::rules_of;
using test::World;

std::vector<Device> one() { return {device("wg0", {{.name = "alice"}})}; }
std::vector<Device> two() { return {device("wg0", {{.name = "alice"}, {.name = "mallory"}})}; }

TEST(Memory, NothingIsLostWhileNothingCanBeCommitted) {
  World world({record("alice", "alice")});
  (void)world.poll(one());
  world.committing = false;
  for (int i = 0; i < 100; ++i) {
    world.wait(5s);
    const Step step = world.poll(two());
    EXPECT_EQ(actions_of(step), (Names{"peer-added", "finding-opened"}));
    EXPECT_EQ(step.events[0].sequence, world.memory.program.sequence + 1);
    // Paging does not depend on a disk: the finding is open, counted once, and does not move.
    ASSERT_EQ(rules_of(step), Names{"unknown_key"});
    EXPECT_EQ(step.view.findings[0].since, kStart + 5s);
    EXPECT_EQ(step.view.opened_total.at(RuleId::unknown_key, Severity::critical), 1U);
  }
  world.committing = true;
  world.wait(5s);
  Step step = world.poll(two());
  EXPECT_EQ(actions_of(step), (Names{"peer-added", "finding-opened"}));
  EXPECT_EQ(std::get<WallTime>(*step.events[1].find(Field::finding_since)), kStart + 5s);
  world.wait(5s);
  EXPECT_TRUE(world.poll(two()).events.empty());
}

TEST(Memory, OnlyTheNetChangeIsToldAfterwards) {
  World world({record("alice", "alice")});
  (void)world.poll(one());
  world.committing = false;
  world.wait(5s);
  (void)world.poll(two());
  for (int i = 0; i < 4; ++i) world.wait(5s), (void)world.poll(one());
  world.committing = true;
  world.wait(5s);
  EXPECT_TRUE(world.poll(one()).events.empty());
}

// Absences settle by timers that move on though nothing is committed.
TEST(Memory, AnAbsenceSettlesWithoutADisk) {
  Record bob = record("bob", "bob");
  bob.at = {{"gw1", "", "wg0"}};
  World world({record("alice", "alice"), bob}, {{"gw1", "", {}, {}}});
  world.committing = false;
  (void)world.poll(one());
  world.wait(5s);
  (void)world.poll(one());
  world.wait(5s);
  EXPECT_EQ(rules_of(world.poll(one())), Names{"missing_peer"});
  world.committing = true;
  world.wait(5s);
  const Step step = world.poll(one());
  EXPECT_EQ(event_of(step, Action::finding_opened).text(Field::rule_name), "missing_peer");
}

TEST(Memory, AFailingCollectorPagesWithoutADisk) {
  World world({});
  world.committing = false;
  for (int i = 0; i < 13; ++i) {
    (void)world.poll({}, SourceStatus::failed);
    world.wait(5s);
  }
  EXPECT_EQ(rules_of(world.poll({}, SourceStatus::failed)), Names{"collector_failing"});
}

TEST(Memory, ARestartInventsAndRepeatsNothing) {
  World world({record("alice", "alice")});
  (void)world.poll(two());
  for (const bool clean : {true, false}) {
    world.restart(clean);
    world.wait(20s);
    const Step step = world.poll(two());
    ASSERT_EQ(actions_of(step), Names{"exporter-started"});
    EXPECT_EQ(std::get<bool>(*step.events[0].find(Field::clean_shutdown)), clean);
    EXPECT_EQ(test::number_of(step.events[0], Field::down_seconds), 20);
    EXPECT_EQ(rules_of(step), Names{"unknown_key"});
    EXPECT_EQ(step.view.findings[0].since, kStart);
    EXPECT_EQ(step.view.opened_total.at(RuleId::unknown_key, Severity::critical), 0U);
  }
}

TEST(Memory, AChangeWhileItWasDownIsToldAtTheStart) {
  World world({record("alice", "alice")});
  (void)world.poll(one());
  world.restart();
  world.wait(1min);
  const Step step = world.poll(two());
  ASSERT_EQ(actions_of(step), (Names{"exporter-started", "peer-added", "finding-opened"}));
  EXPECT_TRUE(test::flag_of(step.events[1], Field::detected_at_start));
  EXPECT_TRUE(test::flag_of(step.events[2], Field::detected_at_start));
  world.wait(5s);
  const Step later = world.poll(one());
  EXPECT_TRUE(later.events.empty());
}

TEST(Memory, AnAbsenceBeginsAnewAfterARestart) {
  World world({record("alice", "alice")});
  (void)world.poll(two());
  world.restart(false);
  world.wait(1h);
  EXPECT_EQ(actions_of(world.poll(one())), Names{"exporter-started"});
  world.wait(5s);
  EXPECT_TRUE(world.poll(one()).events.empty());
  world.wait(5s);
  const Step step = world.poll(one());
  EXPECT_EQ(actions_of(step), (Names{"peer-removed", "finding-closed"}));
  EXPECT_EQ(step.events[1].text(Field::event_reason), "subject_gone");
}

TEST(Memory, AddedRemovedAndAddedAgainAreThreeEventsWithThreeNumbers) {
  World world({record("alice", "alice"), record("mallory", "mallory")});
  (void)world.poll(one());
  std::vector<Event> told;
  const auto poll = [&](std::vector<Device> devices) {
    world.wait(5s);
    for (Event& event : world.poll(std::move(devices)).events) told.push_back(std::move(event));
  };
  poll(two());
  for (int i = 0; i < 4; ++i) poll(one());
  poll(two());
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].action, Action::peer_added);
  EXPECT_EQ(told[1].action, Action::peer_removed);
  EXPECT_EQ(told[2].action, Action::peer_added);
  EXPECT_EQ(told[0].facts, told[2].facts);
  EXPECT_EQ(told[1].sequence, told[0].sequence + 1);
  EXPECT_EQ(told[2].sequence, told[1].sequence + 1);
}

TEST(Memory, SequencesAreGaplessOverRestarts) {
  World world({record("alice", "alice")});
  std::uint64_t last = 0;
  for (int run = 0; run < 4; ++run) {
    for (int i = 0; i < 6; ++i) {
      for (const Event& event : world.poll(i % 3 == 0 ? one() : two()).events) {
        EXPECT_EQ(event.sequence, ++last);
      }
      world.wait(5s);
    }
    world.restart(false);
  }
  EXPECT_GT(last, 4U);
}

}  // namespace
}  // namespace wgaudit
