// Sessions, events, health: what a poll tells beside its findings.
#include "audit/judge.hpp"

#include <gtest/gtest.h>

#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::actions_of;
using test::device;
using test::kStart;
using test::Names;
using test::record;
using test::World;

Device alice_at(WallTime handshake, std::string endpoint = "") {
  return device("wg0", {{.name = "alice", .last_handshake = handshake, .endpoint = endpoint}});
}

TEST(Judge, TheBaselineAnnouncesNoPeersAndNoSession) {
  World world({record("alice", "alice")});
  const Step step = world.poll({alice_at(kStart - 10s)});
  EXPECT_EQ(actions_of(step),
            (Names{"exporter-started", "baseline-established", "state-snapshot"}));
  ASSERT_EQ(step.delta.sessions.size(), 1U);
  EXPECT_TRUE(step.delta.sessions[0].start_unknown);
}

TEST(Judge, PeersAndInterfacesComeAtOnce) {
  World world({record("alice", "alice"), record("bob", "bob")});
  (void)world.poll({device("wg0", {{.name = "alice"}})});
  world.wait(5s);
  EXPECT_EQ(actions_of(world.poll({device("wg0", {{.name = "alice"}, {.name = "bob"}})})),
            Names{"peer-added"});
  world.wait(5s);
  EXPECT_EQ(actions_of(world.poll(
                {device("wg0", {{.name = "alice"}, {.name = "bob"}}), device("wg1", {})})),
            Names{"interface-added"});
}

TEST(Judge, ASessionByHandshakesAlone) {
  World world({record("alice", "alice")});
  Step step = world.poll({alice_at(WallTime{})});
  EXPECT_FALSE(step.view.devices[0].peers[0].session_up);
  world.wait(5s);
  const WallTime handshake = world.now.wall - 2s;
  step = world.poll({alice_at(handshake)});
  EXPECT_EQ(actions_of(step), Names{"session-started"});
  EXPECT_TRUE(step.view.devices[0].peers[0].session_up);
  EXPECT_EQ(step.view.devices[0].peers[0].sessions, 1U);
  int polls = 0;
  while (step.view.devices[0].peers[0].session_up && polls < 100) {
    world.wait(5s);
    step = world.poll({alice_at(handshake)});
    ++polls;
  }
  // 180 s without a new handshake, and a poll.
  EXPECT_EQ(polls, 37);
  EXPECT_EQ(actions_of(step), Names{"session-ended"});
}

// Zero after non-zero is a reset: ends nothing, forgets nothing.
TEST(Judge, AResetEndsNoSession) {
  World world({record("alice", "alice")});
  (void)world.poll({alice_at(kStart - 1s)});
  world.wait(5s);
  const Step step = world.poll({alice_at(WallTime{})});
  EXPECT_EQ(actions_of(step), Names{});
  EXPECT_TRUE(step.view.devices[0].peers[0].session_up);
}

TEST(Judge, AgesDoNotFollowTheWallClock) {
  World world({record("alice", "alice")});
  (void)world.poll({alice_at(kStart - 1s)});
  for (const auto shift : {Duration{48h}, Duration{-96h}}) {
    world.now.wall += shift;
    world.wait(5s);
    const Step step = world.poll({alice_at(kStart - 1s)});
    EXPECT_EQ(actions_of(step), Names{"clock-stepped"});
    EXPECT_TRUE(step.view.devices[0].peers[0].session_up);
  }
}

// The clock was stepped back: the new handshake lies before the old one, and is new all the same.
TEST(Judge, AHandshakeIsNewWhenItDiffers) {
  World world({record("alice", "alice")});
  (void)world.poll({alice_at(kStart - 1h)});
  world.wait(5s);
  world.now.wall -= 24h;
  const Step step = world.poll({alice_at(world.now.wall - 1s)});
  EXPECT_EQ(actions_of(step), (Names{"clock-stepped", "session-started"}));
}

// boringtun tells ages in whole seconds: the time made of them moves with the poll.
TEST(Judge, AHandshakeToldAsAnAgeIsNotNewAtEveryPoll) {
  World world({record("alice", "alice")});
  const auto told = [&](Duration age) {
    Device device = alice_at(world.now.wall - age);
    device.peers[0].handshake_clock = HandshakeClock::elapsed;
    return device;
  };
  (void)world.poll({told(2h)});
  for (int i = 1; i < 20; ++i) {
    world.wait(5s);
    const Step step = world.poll({told(2h + i * 5s + (i % 2) * 900ms)});
    EXPECT_TRUE(step.events.empty());
    EXPECT_FALSE(step.view.devices[0].peers[0].session_up);
  }
  world.wait(5s);
  EXPECT_EQ(actions_of(world.poll({told(2s)})), Names{"session-started"});
}

// A peer that comes later brings its old handshake along (a userspace device, a dump cut short).
TEST(Judge, AnOldHandshakeAtFirstSightIsNoSession) {
  World world({record("alice", "alice"), record("bob", "bob")});
  (void)world.poll({device("wg0", {{.name = "alice"}})});
  world.wait(5s);
  const Step step = world.poll(
      {device("wg0", {{.name = "alice"}, {.name = "bob", .last_handshake = kStart - 1h}})});
  EXPECT_EQ(actions_of(step), Names{"peer-added"});
}

TEST(Judge, AGapInObservationEndsNoSessionIfTheHandshakeIsFresh) {
  World world({record("alice", "alice")});
  (void)world.poll({alice_at(kStart - 1s)});
  world.wait(5s);
  (void)world.poll({}, SourceStatus::failed);
  world.wait(10min);
  const Step step = world.poll({alice_at(world.now.wall - 20s)});
  EXPECT_EQ(actions_of(step), Names{});
  EXPECT_TRUE(step.view.devices[0].peers[0].session_up);
}

TEST(Judge, EndpointChangesAreCountedAndMovesAreTold) {
  World world({record("alice", "alice")});
  (void)world.poll({alice_at(kStart, "192.0.2.1:1000")});
  struct Case {
    std::string endpoint;
    Names events;
    std::uint64_t total;
  };
  const Case cases[] = {
      {"192.0.2.1:1000", {}, 0},
      {"192.0.2.1:2000", {}, 1},  // a new port alone is counted
      {"198.51.100.7:2000", {"endpoint-changed"}, 2},
      {"", {}, 2},  // unknown: the last one known stays
      {"198.51.100.7:2000", {}, 2},
  };
  for (const auto& c : cases) {
    world.wait(5s);
    const Step step = world.poll({alice_at(kStart, c.endpoint)});
    EXPECT_EQ(actions_of(step), c.events) << c.endpoint;
    EXPECT_EQ(step.view.devices[0].peers[0].endpoint_changes, c.total);
  }
}

TEST(Judge, NothingChangedTellsNothingAndChangesNoPeer) {
  World world({record("alice", "alice")});
  (void)world.poll({alice_at(kStart, "192.0.2.1:1000")});
  world.wait(5s);
  const Step step = world.poll({alice_at(kStart, "192.0.2.1:1000")});
  EXPECT_TRUE(step.events.empty());
  ASSERT_EQ(step.delta.devices.size(), 1U);
  EXPECT_TRUE(step.delta.devices[0].changed.empty());
}

TEST(Judge, SourcesKeepTheirLastSuccessAndSumTheirRetries) {
  World world({});
  const auto poll = [&](SourceStatus status) {
    Observation observation;
    SourceResult source{CollectorKind::netlink, "", status, "Input/output error", {}, {}};
    source.retries[static_cast<std::size_t>(RetryReason::interrupted)] = 2;
    observation.sources.push_back(source);
    return world.poll(std::move(observation));
  };
  (void)poll(SourceStatus::complete);
  world.wait(5s);
  const Step step = poll(SourceStatus::failed);
  ASSERT_EQ(step.view.sources.size(), 1U);
  EXPECT_EQ(step.view.sources[0].last_success, kStart);
  EXPECT_EQ(step.view.sources[0].retries_total[0], 4U);
}

TEST(Judge, ADeviceFailureHidesNoOther) {
  World world({record("alice", "alice")});
  (void)world.poll({device("wg0", {{.name = "alice"}}), device("wg1", {{.name = "alice"}})});
  world.wait(5s);
  Observation observation;
  observation.ended = world.now.boot;
  observation.sources.push_back({CollectorKind::netlink, "", SourceStatus::complete, "", {}, {}});
  observation.devices.push_back(device("wg0", {{.name = "alice"}}, world.now.boot));
  observation.failures.push_back({CollectorKind::netlink, "", "wg1", "No buffer space available"});
  const Step step = world.poll(std::move(observation));
  ASSERT_EQ(step.view.devices.size(), 2U);
  EXPECT_TRUE(step.view.devices[0].success);
  EXPECT_FALSE(step.view.devices[1].success);
  ASSERT_EQ(step.view.interfaces.size(), 2U);
  EXPECT_FALSE(step.view.interfaces[1].success);
}

}  // namespace
}  // namespace wgaudit
