// What is told of no single peer: baseline, clock, heartbeat, inventory, bursts, losses.
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
using test::number_of;
using test::record;
using test::World;

std::vector<test::PeerSpec> crowd(int peers) {
  std::vector<test::PeerSpec> specs;
  for (int i = 0; i < peers; ++i) specs.push_back({.name = "peer" + std::to_string(i)});
  return specs;
}

std::ptrdiff_t count(const Step& step, Action action) {
  return std::ranges::count(step.events, action, &Event::action);
}

TEST(Baseline, ThousandsOfUnknownPeersAreOneAlert) {
  World world({});
  const Step step = world.poll({device("wg0", crowd(1000))});
  EXPECT_EQ(count(step, Action::baseline_established), 1);
  EXPECT_EQ(count(step, Action::state_snapshot), 1000);
  EXPECT_EQ(count(step, Action::peer_added), 0);
  EXPECT_EQ(std::ranges::count(step.events, EventKind::alert, &Event::kind), 1);
  const Event& burst = event_of(step, Action::finding_burst);
  EXPECT_EQ(number_of(burst, Field::finding_count), 1000);
  EXPECT_EQ(burst.severity, Severity::critical);
  for (const Event& event : step.events) {
    if (event.action != Action::finding_opened) continue;
    EXPECT_EQ(*event.find(Field::finding_burst_id), Value{EventRef{burst.sequence}});
  }
  const Event& snapshot = event_of(step, Action::state_snapshot);
  EXPECT_TRUE(test::flag_of(snapshot, Field::snapshot_initial));
  EXPECT_EQ(*snapshot.find(Field::open_findings), Value{Names{"unknown_key"}});
}

TEST(Baseline, FiftyFindingsAreNoBurst) {
  World world({});
  const Step step = world.poll({device("wg0", crowd(50))});
  EXPECT_EQ(count(step, Action::finding_burst), 0);
  EXPECT_EQ(std::ranges::count(step.events, EventKind::alert, &Event::kind), 50);
}

TEST(Baseline, IsAnAlertUnlessItIsTheFirstRun) {
  for (const auto reason : {BaselineReason::state_lost, BaselineReason::state_rolled_back,
                            BaselineReason::state_corrupt}) {
    World world({});
    world.memory.baseline_reason = reason;
    const Step step = world.poll({device("wg0", {})});
    const Event& event = event_of(step, Action::baseline_established);
    EXPECT_EQ(event.kind, EventKind::alert);
    EXPECT_EQ(event.text(Field::event_reason), to_string(reason));
  }
  World world({});
  const Step step = world.poll({device("wg0", {})});
  EXPECT_EQ(event_of(step, Action::baseline_established).kind, EventKind::event);
}

// What could not be read at first would be announced as new by the hundred.
TEST(Baseline, WaitsUntilAllCanBeRead) {
  World world({record("alice", "alice")});
  EXPECT_EQ(actions_of(world.poll({}, SourceStatus::failed)), Names{"exporter-started"});
  world.wait(5s);
  EXPECT_EQ(actions_of(world.poll({}, SourceStatus::failed)), Names{});
  world.wait(5s);
  EXPECT_EQ(actions_of(world.poll({device("wg0", {{.name = "alice"}})})),
            (Names{"baseline-established", "state-snapshot"}));
}

TEST(Baseline, DoesNotWaitForWhatFailsForLong) {
  World world({});
  int polls = 0;
  while (!world.memory.program.baseline && polls < 100) {
    (void)world.poll({}, SourceStatus::failed);
    world.wait(5s);
    ++polls;
  }
  EXPECT_EQ(polls, 13);  // 60 s after the first
}

TEST(Clock, AStepBothWaysIsToldOnce) {
  World world({record("alice", "alice")});
  (void)world.poll({device("wg0", {})});
  for (const auto step_of : {Duration{1h}, Duration{-2h}, Duration{2500ms}}) {
    world.wait(5s);
    world.now.wall += step_of;
    const Step step = world.poll({device("wg0", {})});
    ASSERT_EQ(actions_of(step), Names{"clock-stepped"});
    EXPECT_EQ(number_of(step.events[0], Field::clock_step_milliseconds), step_of / 1ms);
    world.wait(5s);
    EXPECT_TRUE(world.poll({device("wg0", {})}).events.empty());
  }
}

// NTP slews by up to 500 ppm, which is more than two seconds in a day and never a step.
TEST(Clock, SlewingIsNoStep) {
  World world({});
  (void)world.poll({device("wg0", {})});
  for (int i = 0; i < 5000; ++i) {
    world.wait(5s);
    world.now.wall += 2500us;
    EXPECT_EQ(count(world.poll({device("wg0", {})}), Action::clock_stepped), 0);
  }
}

TEST(Clock, AStepIsNotForgottenWhileItCannotBeCommitted) {
  World world({});
  (void)world.poll({device("wg0", {})});
  world.committing = false;
  world.now.wall += 1h;
  for (int i = 0; i < 3; ++i) {
    world.wait(5s);
    EXPECT_EQ(actions_of(world.poll({device("wg0", {})})), Names{"clock-stepped"});
  }
}

TEST(Heartbeat, ComesEveryHourWithItsShareOfSnapshots) {
  World world({});
  constexpr int kPeers = 500;
  (void)world.poll({device("wg0", crowd(kPeers))});
  std::ptrdiff_t heartbeats = 0, snapshots = 0;
  for (int i = 0; i < 24 * 6; ++i) {
    world.wait(10min);
    const Step step = world.poll({device("wg0", crowd(kPeers))});
    heartbeats += count(step, Action::heartbeat);
    snapshots += count(step, Action::state_snapshot);
  }
  EXPECT_EQ(heartbeats, 24);
  EXPECT_EQ(snapshots, kPeers);  // each once a day
}

TEST(InventoryEvents, LoadedOnceAndAgainWhenItChanges) {
  World world({record("alice", "alice")});
  const auto poll = [&] {
    world.wait(5s);
    return world.poll({device("wg0", {})});
  };
  EXPECT_EQ(count(poll(), Action::inventory_loaded), 0);  // of no text: no digest
  const auto next = std::make_shared<Inventory>();
  next->sha256 = std::string(64, 'a');
  next->records = {record("alice", "alice"), record("bob", "bob")};
  next->records[0].status = Status::disabled;
  world.memory.inventory = world.context.inventory;
  world.use(next);
  const Step step = poll();
  EXPECT_EQ(actions_of(step),
            (Names{"inventory-loaded", "inventory-record-added", "inventory-record-changed"}));
  EXPECT_EQ(number_of(step.events[0], Field::inventory_records), 2);
  EXPECT_EQ(number_of(step.events[0], Field::inventory_records_added), 1);
  EXPECT_TRUE(poll().events.empty());
  world.restart(false);
  EXPECT_EQ(actions_of(poll()), Names{"exporter-started"});
}

TEST(InventoryEvents, ARejectionIsToldOnceAndItsEndToo) {
  World world({record("alice", "alice")});
  const auto good = std::make_shared<Inventory>();
  good->sha256 = std::string(64, 'a');
  world.use(good);
  (void)world.poll({device("wg0", {})});
  world.context.inventory_health.last_reload_successful = false;
  world.context.inventory_health.rejected = "digest";
  world.context.inventory_health.problems = {
      {Problem::Severity::error, "f.json", "/peers/0", "why"}};
  const Step step = world.poll({device("wg0", {})});
  ASSERT_EQ(actions_of(step), Names{"inventory-rejected"});
  EXPECT_EQ(*step.events[0].find(Field::inventory_problems), Value{Names{"f.json: /peers/0: why"}});
  world.restart();
  EXPECT_EQ(actions_of(world.poll({device("wg0", {})})), Names{"exporter-started"});
  world.context.inventory_health = {};
  world.context.inventory_health.configured = true;
  EXPECT_EQ(actions_of(world.poll({device("wg0", {})})), Names{"inventory-loaded"});
}

TEST(EventsLost, NamesWhatHadToGo) {
  World world({});
  (void)world.poll({device("wg0", {})});
  world.outbox = {
      .first = 10, .last = 90, .sinks = {{"file", 20}, {"stdout", 60}}, .drop_through = 50};
  const Step step = world.poll({device("wg0", {})});
  ASSERT_EQ(actions_of(step), Names{"events-lost"});
  EXPECT_EQ(number_of(step.events[0], Field::lost_first), 21);
  EXPECT_EQ(number_of(step.events[0], Field::lost_last), 50);
  EXPECT_EQ(*step.events[0].find(Field::lost_sinks), Value{Names{"file"}});
  EXPECT_EQ(step.delta.drop_through, 50U);
  world.outbox.sinks = {{"file", 3}, {"http", 49}, {"stdout", 50}};
  const Step each = world.poll({device("wg0", {})});
  ASSERT_EQ(actions_of(each), (Names{"events-lost", "events-lost"})) << "one of each sink behind";
  EXPECT_EQ(number_of(each.events[0], Field::lost_first), 10) << "what is gone is not lost again";
  EXPECT_EQ(number_of(each.events[1], Field::lost_first), 50);
  world.outbox.sinks = {{"file", 80}};
  const Step delivered = world.poll({device("wg0", {})});
  EXPECT_TRUE(delivered.events.empty());
  EXPECT_TRUE(delivered.tells());  // what every sink has goes without a word
}

TEST(FindingEvents, SayWhyTheyClosed) {
  const auto reason = [](World& world, std::vector<Device> devices) {
    world.wait(5s);
    const Step step = world.poll(std::move(devices));
    return std::string(event_of(step, Action::finding_closed).text(Field::event_reason));
  };
  const auto peers = [] { return std::vector{device("wg0", {{.name = "mallory"}})}; };
  {
    World world({});
    (void)world.poll(peers());
    const auto known = std::make_shared<Inventory>();
    known->sha256 = std::string(64, 'b');
    known->records = {record("mallory", "mallory")};
    world.use(known);
    EXPECT_EQ(reason(world, peers()), "inventory_changed");
  }
  {
    World world({});
    (void)world.poll(peers());
    const auto off = std::make_shared<RuleSettings>();
    (*off)[RuleId::unknown_key].enabled = false;
    world.context.rule_settings = off;
    EXPECT_EQ(reason(world, peers()), "rule_disabled");
  }
  {
    Record alice = record("alice", "alice");
    alice.allowed_ips = {test::cidr("10.0.0.2/32")};
    World world({alice});
    const auto with = [](std::vector<std::string> ips) {
      return std::vector{device("wg0", {{.name = "alice", .allowed_ips = std::move(ips)}})};
    };
    (void)world.poll(with({"10.0.0.2", "10.0.0.3"}));
    for (int i = 0; i < 2; ++i) world.wait(5s), (void)world.poll(with({"10.0.0.2"}));
    EXPECT_EQ(reason(world, with({"10.0.0.2"})), "cause_gone");
  }
}

TEST(FindingEvents, AnExceptionClosesAndItsEndOpensAgain) {
  Record alice = record("alice", "alice");
  alice.status = Status::disabled;
  World world({alice});
  const auto peers = [] { return std::vector{device("wg0", {{.name = "alice"}})}; };
  (void)world.poll(peers());
  alice.exceptions = {{"disabled_key", "vendor", world.now.wall + 1min}};
  const auto accepted = std::make_shared<Inventory>();
  accepted->records = {alice};
  world.use(accepted);
  world.wait(5s);
  Step step = world.poll(peers());
  EXPECT_EQ(event_of(step, Action::finding_closed).text(Field::event_reason), "inventory_changed");
  world.wait(1min);
  step = world.poll(peers());
  EXPECT_EQ(event_of(step, Action::finding_opened).text(Field::rule_name), "disabled_key");
}

TEST(KeyRotated, OnceWhenTheReplacedKeyIsGone) {
  Record old_key = record("old", "alice"), new_key = record("new", "alice");
  new_key.replaces = test::key("old");
  World world({old_key, new_key});
  (void)world.poll({device("wg0", {{.name = "old"}})});
  world.wait(5s);
  Step step = world.poll({device("wg0", {{.name = "old"}, {.name = "new"}})});
  const std::uint64_t added = event_of(step, Action::peer_added).sequence;
  std::vector<Event> told;
  for (int i = 0; i < 6; ++i) {
    world.wait(5s);
    for (Event& event : world.poll({device("wg0", {{.name = "new"}})}).events)
      told.push_back(event);
  }
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].action, Action::peer_removed);
  EXPECT_EQ(told[1].action, Action::key_rotated);
  EXPECT_EQ(told[1].public_key, test::key("new"));
  EXPECT_EQ(told[1].text(Field::rotation_previous_key), to_string(test::key("old")));
  EXPECT_EQ(*told[1].find(Field::rotation_removed_id), Value{EventRef{told[0].sequence}});
  EXPECT_EQ(*told[1].find(Field::rotation_added_id), Value{EventRef{added}});
}

TEST(Stop, IsToldWithItsReason) {
  World world({});
  (void)world.poll({device("wg0", {})});
  const Step step = judge_stop(world.memory, world.now, "signal");
  ASSERT_EQ(actions_of(step), Names{"exporter-stopped"});
  EXPECT_TRUE(step.tells());
  EXPECT_EQ(step.events[0].sequence, world.memory.program.sequence + 1);
}

}  // namespace
}  // namespace wgaudit
