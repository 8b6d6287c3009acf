// WGA-015: one key on two devices, by what polls show of endpoint and handshake.
#include <gtest/gtest.h>

#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::device;
using test::event_of;
using test::key;
using test::Names;
using test::record;
using test::rules_of;
using test::World;

constexpr std::string_view kA = "192.0.2.2:1000", kB = "198.51.100.2:2000";

// One peer that is polled every five seconds.
struct Watched {
  World world{{record("alice", "alice")}};
  WallTime handshake = test::kStart - 10s;
  std::string endpoint{kA};
  std::vector<Event> told;  // of findings

  Step poll() {
    Step step = world.poll(
        {device("wg0", {{.name = "alice", .last_handshake = handshake, .endpoint = endpoint}})});
    for (const Event& event : step.events) {
      const bool of_finding = event.action == Action::finding_opened ||
                              event.action == Action::finding_changed ||
                              event.action == Action::finding_closed;
      if (of_finding) told.push_back(event);
    }
    world.wait(5s);
    return step;
  }
  Step stay(Duration time) {
    Step step;
    for (Duration waited{}; waited < time; waited += 5s) step = poll();
    return step;
  }
  // A handshake from there, that a poll shows at once.
  Step shake(std::string_view from) {
    endpoint = from;
    handshake = world.now.wall - 1s;
    return poll();
  }
  Step fight(int handshakes, Duration apart = 15s) {
    Step step;
    for (int i = 0; i < handshakes; ++i) {
      step = shake(i % 2 == 0 ? kB : kA);
      step = stay(apart - 5s);
    }
    return step;
  }
  std::string what_was_told() const {
    std::string text;
    for (const Event& event : told) {
      text += std::string(to_string(event.action)) + " " +
              std::string(event.text(Field::finding_severity)) + " " +
              std::string(event.text(Field::event_reason)) + "\n";
    }
    return text;
  }
};

TEST(SharedKey, OpensWithTheFourthHandshakeFromAnotherNetwork) {
  Watched peer;
  peer.stay(1min);
  EXPECT_EQ(rules_of(peer.fight(4)), Names{}) << "the first came long after the one before";
  const Step step = peer.shake(kB);
  ASSERT_EQ(rules_of(step), Names{"shared_key"});
  const Finding& finding = step.view.findings[0];
  EXPECT_EQ(finding.severity, Severity::high);
  EXPECT_EQ(finding.identity.public_key, key("alice"));
  EXPECT_EQ(finding.detail,
            "one key on two devices: they shake hands in turn from 192.0.2.0/24, 198.51.100.0/24");
  EXPECT_EQ(event_of(step, Action::finding_opened).text(Field::finding_detail), finding.detail);
}

TEST(SharedKey, IsJudgedWithoutAnInventoryAndForUnknownKeys) {
  Watched peer;
  peer.world.use(test::inventory({}));
  peer.fight(6);
  EXPECT_EQ(rules_of(peer.poll()), (Names{"forbidden_session", "shared_key", "unknown_key"}));
  auto health = peer.world.context.inventory_health;
  health.configured = false;
  peer.world.context =
      make_context("gw1", test::inventory({}), health, std::make_shared<const RuleSettings>());
  EXPECT_EQ(rules_of(peer.poll()), (Names{"no_inventory", "shared_key"}));
}

TEST(SharedKey, TellsOnceAndClosesWhenTheWindowHoldsNone) {
  Watched peer;
  const Step last = peer.fight(40);
  ASSERT_EQ(rules_of(last), Names{"shared_key"});
  // The last handshake from another network was seen 15 s before this.
  EXPECT_EQ(rules_of(peer.stay(9min + 45s)), Names{"shared_key"});
  EXPECT_EQ(rules_of(peer.poll()), Names{});
  EXPECT_EQ(peer.what_was_told(), "finding-opened high \nfinding-closed high window_passed\n");
}

TEST(SharedKey, StaysWhileOneIsLeft) {
  Watched peer;
  peer.fight(5);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(rules_of(peer.stay(9min)), Names{"shared_key"}) << i;
    peer.shake(kB), peer.stay(15s), peer.shake(kA);
  }
  EXPECT_EQ(peer.what_was_told(), "finding-opened high \n");
}

// The packets of whoever lost go on moving the endpoint, so that the poll with the handshake shows
// the other one.
TEST(SharedKey, SeesAMoveAtAnyPollSinceTheHandshakeBefore) {
  Watched peer;
  for (int i = 0; i < 6; ++i) {
    peer.shake(kA);
    peer.endpoint = kB, peer.poll();
    peer.endpoint = kA, peer.poll();
  }
  EXPECT_EQ(rules_of(peer.poll()), Names{"shared_key"});
}

TEST(SharedKey, StaysQuiet) {
  struct Case {
    const char* name;
    std::vector<std::string_view> from;
    Duration apart;
  };
  const Case cases[] = {
      {"one device that shakes hands often", {kA}, 15s},
      {"a client restarted three times in other networks", {kA, kA, kA, kB, kA, kB, kB, kB}, 20s},
      {"no closer than a minute", {kA, kB}, 60s},
      {"ports", {"192.0.2.2:1", "192.0.2.2:2"}, 15s},
      {"within a /24", {"192.0.2.2:1", "192.0.2.200:1"}, 15s},
      {"within a /48", {"[2001:db8:1:1::1]:1", "[2001:db8:1:ffff::1]:1"}, 15s},
      {"IPv4 and IPv6 in turn", {kA, "[2001:db8::1]:1"}, 15s},
  };
  for (const Case& c : cases) {
    Watched peer;
    const std::size_t rounds = c.from.size() > 3 ? 1 : 20;
    for (std::size_t round = 0; round < rounds; ++round) {
      for (const auto from : c.from) peer.shake(from), peer.stay(c.apart - 5s);
    }
    EXPECT_EQ(rules_of(peer.poll()), Names{}) << c.name;
  }
}

// A device that moves may lose its session with its network and shake hands elsewhere, soon after
// it rekeyed: again and again.
TEST(SharedKey, ARegularRekeyingBeforeItMakesItNoFight) {
  for (const Duration rekeyed : {120s, 180s}) {
    Watched peer;
    peer.poll();
    for (int i = 0; i < 20; ++i) {
      peer.shake(i % 2 == 0 ? kA : kB), peer.stay(10s);
      peer.shake(i % 2 == 0 ? kB : kA), peer.stay(rekeyed - 5s);
    }
    EXPECT_EQ(peer.what_was_told(), "");
  }
  // 110 s: a second device that only keeps alive rekeys 120 s after its own handshake.
  Watched peer;
  peer.poll();
  for (int i = 0; i < 20; ++i) {
    peer.shake(kB), peer.stay(10s);
    peer.shake(kA), peer.stay(105s);
  }
  EXPECT_EQ(peer.what_was_told(), "finding-opened high \n");
}

TEST(SharedKey, SeesIpv6InOtherNetworks) {
  Watched peer;
  for (int i = 0; i < 6; ++i) {
    peer.shake(i % 2 == 0 ? "[2001:db8:1::1]:1" : "[2001:db8:2::1]:1");
    peer.stay(10s);
  }
  EXPECT_EQ(rules_of(peer.poll()), Names{"shared_key"});
}

TEST(SharedKey, ReturnsAloneAreMedium) {
  Watched peer;
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(rules_of(peer.poll()), Names{}) << i;
    peer.endpoint = i % 2 == 0 ? kB : kA;
  }
  const Step step = peer.poll();
  ASSERT_EQ(rules_of(step), Names{"shared_key"});
  EXPECT_EQ(step.view.findings[0].severity, Severity::medium);
  EXPECT_EQ(step.view.findings[0].detail,
            "one key in two places: its endpoint goes to and fro between 192.0.2.0/24, "
            "198.51.100.0/24");
  EXPECT_EQ(rules_of(peer.stay(9min + 55s)), Names{"shared_key"});
  EXPECT_EQ(rules_of(peer.poll()), Names{});
  EXPECT_EQ(peer.what_was_told(), "finding-opened medium \nfinding-closed medium window_passed\n");
}

TEST(SharedKey, ReturnsThatTakeLongerAreThoseOfADeviceThatMoves) {
  Watched peer;
  for (int i = 0; i < 40; ++i) peer.stay(30s), peer.endpoint = i % 2 == 0 ? kB : kA;
  EXPECT_EQ(peer.what_was_told(), "");
}

TEST(SharedKey, RisesFromMediumToHigh) {
  Watched peer;
  for (int i = 0; i < 9; ++i) peer.poll(), peer.endpoint = i % 2 == 0 ? kB : kA;
  peer.fight(6);
  EXPECT_EQ(peer.what_was_told(), "finding-opened medium \nfinding-changed high \n");
}

TEST(SharedKey, ARestartNeitherClosesNorOpensAgain) {
  Watched peer;
  const WallTime since = peer.fight(8).view.findings.at(0).since;
  for (const bool clean : {true, false}) {
    peer.world.restart(clean);
    const Step step = peer.stay(9min + 55s);
    ASSERT_EQ(rules_of(step), Names{"shared_key"});
    EXPECT_EQ(step.view.findings[0].since, since);
    EXPECT_EQ(step.view.findings[0].severity, Severity::high);
    EXPECT_EQ(peer.what_was_told(), "finding-opened high \n");
  }
  peer.stay(10s);
  EXPECT_EQ(rules_of(peer.poll()), Names{});
  EXPECT_EQ(peer.what_was_told(), "finding-opened high \nfinding-closed high window_passed\n");
}

TEST(SharedKey, AFightThatGoesOnOverARestartIsOneFinding) {
  Watched peer;
  peer.fight(8);
  peer.world.restart();
  peer.fight(60);
  EXPECT_EQ(peer.what_was_told(), "finding-opened high \n");
}

// Nothing was seen meanwhile: that says nothing.
TEST(SharedKey, AGapInObservationDoesNotCloseIt) {
  Watched peer;
  peer.fight(8);
  for (int i = 0; i < 120; ++i) {
    (void)peer.world.poll({}, SourceStatus::failed);
    peer.world.wait(5s);
  }
  EXPECT_EQ(rules_of(peer.stay(9min)), Names{"shared_key"});
  peer.stay(1min);
  EXPECT_EQ(rules_of(peer.poll()), Names{});
}

TEST(SharedKey, IsSeenWithoutADisk) {
  Watched peer;
  peer.poll();
  peer.world.committing = false;
  EXPECT_EQ(rules_of(peer.fight(10)), Names{"shared_key"});
}

TEST(SharedKey, GoesWithItsPeer) {
  Watched peer;
  peer.fight(8);
  Step step;
  for (int i = 0; i < 4; ++i) step = peer.world.poll({device("wg0", {})}), peer.world.wait(5s);
  EXPECT_EQ(rules_of(step), Names{});
}

TEST(SharedKey, IsClosedWhenSwitchedOff) {
  Watched peer;
  peer.fight(8);
  auto off = std::make_shared<RuleSettings>();
  (*off)[RuleId::shared_key].enabled = false;
  peer.world.context.rule_settings = off;
  peer.poll();
  EXPECT_EQ(peer.what_was_told(), "finding-opened high \nfinding-closed high rule_disabled\n");
}

TEST(SharedKey, GradedDownItStaysForEitherReason) {
  Watched peer;
  auto low = std::make_shared<RuleSettings>();
  (*low)[RuleId::shared_key].severity = Severity::low;
  peer.world.context.rule_settings = low;
  peer.fight(8);
  EXPECT_EQ(rules_of(peer.stay(9min + 30s)), Names{"shared_key"});
  peer.stay(1min);
  EXPECT_EQ(peer.what_was_told(), "finding-opened low \nfinding-closed low window_passed\n");
}

// What nearly every peer is: it costs nothing to remember.
TEST(SharedKey, APeerThatStaysLeavesNoTrail) {
  Watched peer;
  for (int i = 0; i < 5; ++i) peer.shake(kA), peer.stay(2min);
  EXPECT_FALSE(peer.world.memory.devices.at({"", "wg0"}).peers.at(0).recent.trail);
  peer.shake(kB);
  EXPECT_TRUE(peer.world.memory.devices.at({"", "wg0"}).peers.at(0).recent.trail);
  for (int i = 0; i < 5; ++i) peer.shake(kB), peer.stay(2min);
  EXPECT_FALSE(peer.world.memory.devices.at({"", "wg0"}).peers.at(0).recent.trail);
}

TEST(SharedKey, TheTrailIsBounded) {
  Boxed<KeyTrail> trail;
  Sighting sighting;
  for (int i = 0; i < 1000; ++i) {
    sighting.before = sighting.now;
    sighting.before_at = sighting.at;
    sighting.at += 5s;
    sighting.now = *parse_endpoint("10.0." + std::to_string(i % 11) + ".1:1");
    sighting.new_handshake = true;
    sighting.handshake_gap = 5s;
    trail = follow(trail, sighting);
  }
  EXPECT_LE(trail->left.size(), 8U);
  EXPECT_LE(trail->handshakes.size(), 16U);
  EXPECT_LE(trail->returns.size(), 16U);
  EXPECT_GE(count(*trail, sighting.at).handshakes, kSharedHandshakes);
  EXPECT_EQ(count(*trail, sighting.at + kTrailWindow), TrailCount{});
}

}  // namespace
}  // namespace wgaudit
