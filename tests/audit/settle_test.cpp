// Presence is believed at once, absence only when settled (SPEC §2).
#include <gtest/gtest.h>

#include "collectors/model/targets.hpp"
#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::actions_of;
using test::device;
using test::Names;
using test::record;
using test::rules_of;
using test::World;

Device full() { return device("wg0", {{.name = "alice"}, {.name = "mallory"}}); }
Device without_mallory() { return device("wg0", {{.name = "alice"}}); }

TEST(Settle, APeerIsGoneAfterTenSecondsOfEqualPolls) {
  World world({record("alice", "alice")});
  EXPECT_EQ(rules_of(world.poll({full()})), Names{"unknown_key"});
  world.wait(5s);
  Step step = world.poll({without_mallory()});
  EXPECT_EQ(rules_of(step), Names{"unknown_key"});           // the finding waits for certainty …
  EXPECT_EQ(step.view.devices[0].device->peers.size(), 1U);  // … the view shows what is
  EXPECT_TRUE(step.events.empty());
  world.wait(5s);
  EXPECT_TRUE(world.poll({without_mallory()}).events.empty());
  world.wait(5s);
  step = world.poll({without_mallory()});
  EXPECT_EQ(rules_of(step), Names{});
  EXPECT_EQ(actions_of(step), (Names{"peer-removed", "finding-closed"}));
}

TEST(Settle, TwoPollsFarApartAreEnough) {
  World world({record("alice", "alice")});
  (void)world.poll({full()});
  world.wait(5s);
  (void)world.poll({without_mallory()});
  world.wait(50min);
  EXPECT_EQ(actions_of(world.poll({without_mallory()})), (Names{"peer-removed", "finding-closed"}));
}

// `wg setconf` on a large device is many steps: a short set, then another one, never the same
// twice.
TEST(Settle, NothingSettlesWhileTheSetOfPeersMoves) {
  World world({record("alice", "alice"), record("bob", "bob")});
  (void)world.poll({full()});
  for (int i = 0; i < 20; ++i) {
    world.wait(5s);
    const Step step =
        world.poll({i % 2 == 0 ? device("wg0", {{.name = "alice"}})
                               : device("wg0", {{.name = "alice"}, {.name = "bob"}})});
    EXPECT_EQ(std::ranges::count(actions_of(step), "peer-removed"), 0);
    EXPECT_EQ(rules_of(step), Names{"unknown_key"});
  }
}

TEST(Settle, APeerThatComesBackInTimeWasNeverGone) {
  World world({record("alice", "alice")});
  const Finding before = world.poll({full()}).view.findings[0];
  world.wait(5s);
  (void)world.poll({without_mallory()});
  world.wait(5s);
  Step step = world.poll({full()});
  EXPECT_TRUE(step.events.empty());
  EXPECT_EQ(step.view.findings[0], before);
  world.wait(5s);  // and the count starts anew
  (void)world.poll({without_mallory()});
  world.wait(5s);
  EXPECT_TRUE(world.poll({without_mallory()}).events.empty());
}

TEST(Settle, AnIncompleteDumpProvesPresenceOnly) {
  World world({record("alice", "alice")});
  (void)world.poll({full()});
  for (int i = 0; i < 10; ++i) {
    world.wait(5s);
    Device cut = device("wg0", {{.name = "alice", .received_bytes = 100}, {.name = "eve"}});
    cut.completeness = Completeness::incomplete;
    const Step step = world.poll({cut}, SourceStatus::incomplete);
    EXPECT_EQ(std::ranges::count(actions_of(step), "peer-removed"), 0);
    EXPECT_EQ(std::ranges::count(rules_of(step), "unknown_key"), 2);  // mallory stays, eve came
    ASSERT_EQ(step.view.devices[0].device->peers.size(), 3U);
    EXPECT_EQ(step.view.devices[0].device->find(test::key("alice"))->received_bytes, 100U);
  }
}

TEST(Settle, AnInterfaceLeavesTheViewAtOnceItsFindingsWhenSettledAndMemoryWhenItMayNotReturn) {
  World world({});
  (void)world.poll({full()});
  world.wait(5s);
  Step step = world.poll(std::vector<Device>{});
  EXPECT_TRUE(step.view.devices.empty());
  EXPECT_EQ(rules_of(step), (Names{"unknown_key", "unknown_key"}));
  world.wait(5s);
  EXPECT_EQ(rules_of(world.poll(std::vector<Device>{})), (Names{"unknown_key", "unknown_key"}));
  world.wait(5s);
  step = world.poll(std::vector<Device>{});
  EXPECT_EQ(rules_of(step), Names{});
  EXPECT_EQ(actions_of(step), (Names{"finding-closed", "finding-closed"}));
  EXPECT_EQ(step.events[0].text(Field::event_reason), "subject_gone");
  world.wait(45s);
  EXPECT_TRUE(world.poll(std::vector<Device>{}).events.empty());
  world.wait(5s);
  step = world.poll(std::vector<Device>{});  // 60 s after the first poll without it
  ASSERT_EQ(actions_of(step), Names{"interface-removed"});
  EXPECT_EQ(*step.events[0].find(Field::interface_peers), Value{std::int64_t{2}});
  EXPECT_TRUE(world.memory.devices.empty());
}

TEST(Settle, APrefixKeepsItsFindingUntilItIsSettledGone) {
  Record alice = record("alice", "alice");
  alice.allowed_ips = {test::cidr("10.0.0.2/32")};
  World world({alice});
  const auto wide = [] {
    return device("wg0", {{.name = "alice", .allowed_ips = {"10.0.0.2", "10.9.0.1"}}});
  };
  const auto narrow = [] {
    return device("wg0", {{.name = "alice", .allowed_ips = {"10.0.0.2"}}});
  };
  EXPECT_EQ(rules_of(world.poll({narrow()})), Names{});
  world.wait(5s);
  Step step = world.poll({wide()});
  EXPECT_EQ(actions_of(step), (Names{"peer-changed", "finding-opened"}));
  world.wait(5s);
  EXPECT_EQ(rules_of(world.poll({narrow()})), Names{"allowed_ips_excess"});
  world.wait(5s);
  EXPECT_EQ(rules_of(world.poll({narrow()})), Names{"allowed_ips_excess"});
  world.wait(5s);
  step = world.poll({narrow()});
  EXPECT_EQ(actions_of(step), (Names{"peer-changed", "finding-closed"}));
}

TEST(Settle, APresharedKeyIsGoneWhenSettled) {
  World world({record("alice", "alice")});
  const auto with = [](bool present) {
    return device("wg0", {{.name = "alice", .preshared_key = present}});
  };
  (void)world.poll({with(true)});
  for (const auto& want : {Names{}, Names{}, Names{"peer-changed"}, Names{}}) {
    world.wait(5s);
    EXPECT_EQ(actions_of(world.poll({with(false)})), want);
  }
  world.wait(5s);
  EXPECT_EQ(actions_of(world.poll({with(true)})), Names{"peer-changed"});
}

TEST(Settle, AMissingPeerFindingSurvivesAMovingSetOfPeers) {
  Record bob = record("bob", "bob");
  bob.at = {{"gw1", "", "wg0"}};
  World world({bob, record("alice", "alice")}, {{"gw1", "", {}, {}}});
  (void)world.poll({without_mallory()});
  world.wait(10s);
  EXPECT_EQ(rules_of(world.poll({without_mallory()})), Names{"missing_peer"});
  world.wait(5s);
  EXPECT_EQ(rules_of(world.poll({full()})), (Names{"missing_peer", "unknown_key"}));
}

// `--collector.netns all`, and the child does not answer: nothing is known of any namespace.
TEST(Settle, AFailedListingOfNamespacesRemovesNothing) {
  World world({});
  const auto observe = [&](bool readable) {
    Observation observation;
    observation.ended = world.now.boot;
    const auto status = readable ? SourceStatus::complete : SourceStatus::failed;
    observation.sources.push_back({CollectorKind::netlink, "", status, "why", {}, {}});
    if (readable) {
      observation.sources.push_back({CollectorKind::netlink, "blue", status, "", {}, {}});
      observation.devices.push_back(device("wg0", {{.name = "eve"}}, world.now.boot, "blue"));
    } else {
      observation.sources.push_back(
          {CollectorKind::netlink, std::string(kAllNamespaces), status, "why", {}, {}});
    }
    return world.poll(std::move(observation));
  };
  EXPECT_EQ(rules_of(observe(true)), Names{"unknown_key"});
  for (int i = 0; i < 6; ++i) {
    world.wait(5s);
    const Step step = observe(false);
    EXPECT_EQ(rules_of(step), Names{"unknown_key"});
    EXPECT_TRUE(step.events.empty());
  }
}

// A userspace socket of the same name does not stand in for a kernel interface that failed.
TEST(Settle, AnotherCollectorIsNoStandIn) {
  World world({record("alice", "alice")});
  (void)world.poll({device("wg0", {{.name = "alice"}})});
  for (int i = 0; i < 6; ++i) {
    world.wait(5s);
    Observation observation;
    observation.ended = world.now.boot;
    observation.sources.push_back(
        {CollectorKind::netlink, "", SourceStatus::failed, "why", {}, {}});
    observation.sources.push_back({CollectorKind::uapi, "", SourceStatus::complete, "", {}, {}});
    Device other = device("wg0", {{.name = "eve"}}, world.now.boot);
    other.collector = CollectorKind::uapi;
    observation.devices.push_back(other);
    const Step step = world.poll(std::move(observation));
    EXPECT_TRUE(step.events.empty());
    ASSERT_EQ(step.view.devices.size(), 1U);
    EXPECT_EQ(step.view.devices[0].device->collector, CollectorKind::netlink);
  }
}

TEST(Settle, ARenamedInterfaceTakesItsMemoryAlong) {
  World world({});
  Device before = full();
  before.netns_inode = 4;
  (void)world.poll({before});
  world.wait(5s);
  Device after = before;
  after.name = "office";
  const Step step = world.poll({after});
  // A finding is told of by the name of its interface: closed under the one, open under the other.
  EXPECT_EQ(actions_of(step), (Names{"interface-changed", "finding-closed", "finding-closed",
                                     "finding-opened", "finding-opened"}));
  EXPECT_EQ(rules_of(step), (Names{"unknown_key", "unknown_key"}));
  EXPECT_EQ(step.view.findings[0].since, test::kStart);
  EXPECT_EQ(step.view.findings[0].identity.interface, "office");
  EXPECT_EQ(world.memory.devices.size(), 1U);
}

TEST(Settle, RenamedWhileNobodyLookedItIsTheSameInterface) {
  World world({});
  Device before = full();
  before.netns_inode = 4;
  (void)world.poll({before});
  world.restart(false);
  // As the store has it: what it last was, without what is of a link alone.
  for (auto& [id, device] : world.memory.devices) {
    auto last = std::make_shared<Device>(*device.last);
    last->link.reset();
    last->netns_inode = 0;
    device.last = last;
  }
  world.wait(5s);
  Device after = before;
  after.name = "office";
  EXPECT_EQ(actions_of(world.poll({after}))[1], "interface-changed");
  // Of another boot the numbers mean nothing.
  world.restart();
  world.reboot(1min);
  Device other = before;
  EXPECT_EQ(std::ranges::count(actions_of(world.poll({other})), "interface-added"), 1);
}

}  // namespace
}  // namespace wgaudit
