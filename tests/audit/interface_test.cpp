// Interfaces: added, removed, renamed, restarted, and what a restart is not.
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
using test::World;

Device wg0(std::uint32_t index, const char* own_key = "gateway",
           std::vector<test::PeerSpec> peers = {{.name = "alice"}}) {
  Device made = device("wg0", peers);
  made.link = Link{index, 1420, true, {}};
  made.public_key.reset();
  if (own_key != nullptr) made.public_key = test::key(own_key);
  return made;
}

struct Interface : testing::Test {
  World world{{record("alice", "alice"), record("bob", "bob")}};
  Step poll(std::vector<Device> devices, Duration after = 5s) {
    world.wait(after);
    return world.poll(std::move(devices));
  }
};

TEST_F(Interface, BackWithinAMinuteWithItsKeyItWasRestarted) {
  (void)poll({wg0(7)});
  (void)poll({});
  EXPECT_TRUE(poll({}, 40s).events.empty());
  const Step step = poll({wg0(8)});
  ASSERT_EQ(actions_of(step), Names{"interface-changed"});
  EXPECT_TRUE(test::flag_of(step.events[0], Field::interface_restarted));
  EXPECT_EQ(actions_of(poll({wg0(8)})), Names{});
}

TEST_F(Interface, RestartedBetweenTwoPollsItIsToldToo) {
  (void)poll({wg0(7)});
  const Step step = poll({wg0(8)});
  ASSERT_EQ(actions_of(step), Names{"interface-changed"});
  EXPECT_TRUE(test::flag_of(step.events[0], Field::interface_restarted));
}

TEST_F(Interface, WhatDiffersAfterARestartIsOrdinaryPeerEvents) {
  (void)poll({wg0(7, "gateway", {{.name = "alice"}, {.name = "bob"}})});
  (void)poll({});
  EXPECT_EQ(actions_of(poll({wg0(8, "gateway", {{.name = "bob"}, {.name = "eve"}})}))[0],
            "interface-changed");
  Names told;
  for (int i = 0; i < 4; ++i) {
    const Step step = poll({wg0(8, "gateway", {{.name = "bob"}, {.name = "eve"}})});
    std::ranges::copy(actions_of(step), std::back_inserter(told));
  }
  EXPECT_EQ(told, Names{"peer-removed"});  // alice, when it was settled
}

// `ip link add` and then `wg setconf`: in between it has no key, and no peer.
TEST_F(Interface, OneThatIsBeingSetUpIsNotJudgedByWhatItLacks) {
  (void)poll({wg0(7)});
  (void)poll({});
  EXPECT_EQ(actions_of(poll({wg0(8, nullptr, {})})), Names{});
  const Step step = poll({wg0(8)});
  ASSERT_EQ(actions_of(step), Names{"interface-changed"});
  EXPECT_EQ(step.events[0].find(Field::before_public_key), nullptr);
}

TEST_F(Interface, OneThatStaysWithoutItsKeyHasLostIt) {
  (void)poll({wg0(7)});
  (void)poll({wg0(7, nullptr)});
  const Step step = poll({wg0(7, nullptr)}, 10s);
  ASSERT_EQ(actions_of(step), Names{"interface-changed"});
  EXPECT_EQ(*step.events[0].find(Field::after_public_key), Value{std::string()});
}

TEST_F(Interface, BackWithAnotherKeyItIsAnotherOne) {
  (void)poll({wg0(7)});
  (void)poll({});
  const Step step = poll({wg0(8, "other")});
  EXPECT_EQ(actions_of(step), (Names{"interface-removed", "interface-added", "peer-added"}));
  EXPECT_EQ(actions_of(poll({wg0(8, "other")})), Names{});
}

TEST_F(Interface, ANewKeyOnTheSameLinkIsAChange) {
  (void)poll({wg0(7)});
  const Step step = poll({wg0(7, "other")});
  ASSERT_EQ(actions_of(step), Names{"interface-changed"});
  EXPECT_EQ(step.events[0].text(Field::before_public_key), to_string(test::key("gateway")));
  EXPECT_EQ(step.events[0].text(Field::after_public_key), to_string(test::key("other")));
}

TEST_F(Interface, GoneForAMinuteItTakesItsPeersInOneEvent) {
  (void)poll({wg0(7, "gateway", {{.name = "alice", .last_handshake = world.now.wall}})});
  (void)poll({});
  const Step step = poll({}, 60s);
  EXPECT_EQ(actions_of(step), (Names{"session-ended", "interface-removed"}));
  const Step back = poll({wg0(9)});
  EXPECT_EQ(actions_of(back), (Names{"interface-added", "peer-added"}));
}

// A reboot makes every link anew: nothing was restarted by a person.
TEST_F(Interface, AfterARebootItIsTheSame) {
  (void)poll({wg0(7)});
  world.restart();
  world.reboot(2min);
  EXPECT_EQ(actions_of(poll({wg0(3)})), Names{"exporter-started"});
}

TEST_F(Interface, PortAndMarkHaveBeforeAndAfter) {
  Device before = wg0(7), after = wg0(7);
  before.listen_port = 51820;
  after.listen_port = 51821;
  after.firewall_mark = 9;
  (void)poll({before});
  const Step step = poll({after});
  const Event& event = event_of(step, Action::interface_changed);
  EXPECT_EQ(test::number_of(event, Field::before_listen_port), 51820);
  EXPECT_EQ(test::number_of(event, Field::after_listen_port), 51821);
  EXPECT_EQ(test::number_of(event, Field::before_firewall_mark), 0);
  EXPECT_EQ(test::number_of(event, Field::after_firewall_mark), 9);
}

}  // namespace
}  // namespace wgaudit
