// WGA-022 over polls: opens when settled, closes at once, is not judged where nothing can tell.
#include "audit/forwarding.hpp"

#include <gtest/gtest.h>

#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::kStart;
using test::Names;
using test::rules_of;
using test::World;
using State = ForwardingState;

Device forwarding(State ipv4, State ipv6, std::string name = "wg0") {
  Device device = test::device(std::move(name), {});
  device.forwarding = Forwarding{ipv4, ipv6};
  return device;
}

// A world in which the rule is on and polls come every five seconds.
struct Gateway : World {
  Gateway() : World({}) {
    auto settings = std::make_shared<RuleSettings>();
    (*settings)[RuleId::forwarding_open].enabled = true;
    context.rule_settings = std::move(settings);
  }
  Step next(std::vector<Device> devices) {
    wait(5s);
    return poll(std::move(devices));
  }
  Step next(State ipv4, State ipv6 = State::off) { return next({forwarding(ipv4, ipv6)}); }
  // Until it is settled.
  Step open(State ipv6 = State::off) {
    (void)next(State::open, ipv6);
    (void)next(State::open, ipv6);
    return next(State::open, ipv6);
  }
};

std::vector<std::string> subjects_of(const Step& step) {
  std::vector<std::string> subjects;
  for (const Finding& finding : step.view.findings) {
    EXPECT_EQ(finding.identity.rule, RuleId::forwarding_open);
    subjects.push_back(finding.identity.interface + " " + finding.identity.subject);
  }
  return subjects;
}

std::string reason_of(const Step& step) {
  return std::string(test::event_of(step, Action::finding_closed).text(Field::event_reason));
}

TEST(ForwardingOpen, OpensWhenItHasLasted) {
  Gateway world;
  EXPECT_EQ(rules_of(world.next(State::open)), Names{});
  EXPECT_EQ(rules_of(world.next(State::open)), Names{});
  const Step step = world.next(State::open);
  ASSERT_EQ(subjects_of(step), Names{"wg0 ipv4"});
  EXPECT_EQ(test::actions_of(step), Names{"finding-opened"});
  const Finding& finding = step.view.findings[0];
  EXPECT_EQ(finding.severity, Severity::medium);
  EXPECT_EQ(finding.identity.public_key, std::nullopt);
  EXPECT_EQ(finding.since, world.now.wall);
  EXPECT_EQ(finding.detail,
            "IPv4 is forwarded, and no nftables chain on hook forward drops what its rules leave");
  const Step later = world.next(State::open);
  EXPECT_EQ(later.view.findings[0].since, finding.since);
  EXPECT_TRUE(later.events.empty());
}

TEST(ForwardingOpen, WhatOpensAndWhatDoesNot) {
  const struct {
    State ipv4, ipv6;
    Names want;
  } cases[] = {
      {State::off, State::off, {}},
      {State::filtered, State::filtered, {}},
      {State::open, State::filtered, {"wg0 ipv4"}},
      {State::off, State::open, {"wg0 ipv6"}},
      {State::open, State::open, {"wg0 ipv4", "wg0 ipv6"}},
      {State::legacy_iptables, State::changing, {}},
      {State::unreadable, State::open, {"wg0 ipv6"}},
  };
  for (const auto& c : cases) {
    Gateway world;
    for (int i = 0; i < 3; ++i) (void)world.next(c.ipv4, c.ipv6);
    EXPECT_EQ(subjects_of(world.next(c.ipv4, c.ipv6)), c.want);
    Gateway once;  // an audit of one poll has nothing to wait for
    once.context.settle = Duration{0};
    EXPECT_EQ(subjects_of(once.next(c.ipv4, c.ipv6)), c.want);
  }
}

TEST(ForwardingOpen, AFilterClosesItAtOnceAndAMomentWithoutOneOpensNothing) {
  Gateway world;
  ASSERT_EQ(rules_of(world.open()), Names{"forwarding_open"});
  Step step = world.next(State::filtered);
  EXPECT_EQ(rules_of(step), Names{});
  EXPECT_EQ(reason_of(step), "cause_gone");
  for (int i = 0; i < 6; ++i) {  // a rule set that is taken away and loaded again
    EXPECT_EQ(rules_of(world.next(State::open)), Names{}) << i;
    EXPECT_EQ(rules_of(world.next(State::filtered)), Names{}) << i;
  }
  EXPECT_EQ(rules_of(world.open()), Names{"forwarding_open"});
}

TEST(ForwardingOpen, ForwardingThatIsSwitchedOffClosesIt) {
  Gateway world;
  (void)world.open(State::open);
  const Step step = world.next(State::off, State::open);
  EXPECT_EQ(subjects_of(step), Names{"wg0 ipv6"});
  EXPECT_EQ(reason_of(step), "cause_gone");
}

TEST(ForwardingOpen, EachInterfaceIsJudgedAlone) {
  Gateway world;
  const auto both = [&] {
    return world.next(
        {forwarding(State::open, State::off, "wg0"), forwarding(State::off, State::open, "wg1")});
  };
  (void)both();
  (void)both();
  EXPECT_EQ(subjects_of(both()), (Names{"wg0 ipv4", "wg1 ipv6"}));
}

TEST(ForwardingOpen, WhatCannotBeJudgedNeitherOpensNorCloses) {
  for (const State state : {State::legacy_iptables, State::changing, State::unreadable}) {
    Gateway world;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(rules_of(world.next(state)), Names{});
    (void)world.open();
    for (int i = 0; i < 4; ++i) {
      const Step step = world.next(state);
      EXPECT_EQ(subjects_of(step), Names{"wg0 ipv4"});
      EXPECT_TRUE(step.events.empty());
    }
    EXPECT_EQ(rules_of(world.next(State::filtered)), Names{});
  }
}

TEST(ForwardingOpen, AReadingThatCannotTellDoesNotBreakTheRun) {
  Gateway world;
  (void)world.next(State::open);
  (void)world.next(State::changing);
  EXPECT_EQ(rules_of(world.next(State::open)), Names{"forwarding_open"});
}

TEST(ForwardingOpen, AnInterfaceThatWasNotReadKeepsIt) {
  Gateway world;
  (void)world.open();
  world.wait(5s);
  EXPECT_EQ(rules_of(world.poll({}, SourceStatus::failed)), Names{"forwarding_open"});
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(rules_of(world.next(std::vector<Device>{})), Names{"forwarding_open"});
  const Step gone = world.next(std::vector<Device>{});
  EXPECT_EQ(rules_of(gone), Names{});
  EXPECT_EQ(reason_of(gone), "subject_gone");
}

TEST(ForwardingOpen, ARestartTellsNothingAgain) {
  Gateway world;
  (void)world.open();
  const WallTime since = world.memory.findings.at(0).since;
  for (const bool clean : {true, false}) {
    world.restart(clean);
    for (int i = 0; i < 4; ++i) {
      const Step step = world.next(State::open);
      EXPECT_EQ(subjects_of(step), Names{"wg0 ipv4"});
      EXPECT_EQ(step.view.findings.at(0).since, since);
      EXPECT_EQ(std::ranges::count(test::actions_of(step), "finding-opened"), 0);
    }
  }
}

TEST(ForwardingOpen, AFullDiskOpensItOnceAndSinceItWasNoticed) {
  Gateway world;
  (void)world.next(State::off);
  world.committing = false;
  (void)world.open();
  const WallTime noticed = world.now.wall;
  (void)world.next(State::open);
  world.committing = true;
  const Step step = world.next(State::open);
  ASSERT_EQ(subjects_of(step), Names{"wg0 ipv4"});
  EXPECT_EQ(step.view.findings[0].since, noticed);
  EXPECT_EQ(std::ranges::count(test::actions_of(step), "finding-opened"), 1);
}

TEST(ForwardingOpen, IsOffByDefaultAndClosesWhenItIsSwitchedOff) {
  Gateway world;
  (void)world.open();
  world.context.rule_settings = std::make_shared<const RuleSettings>();
  const Step step = world.next(State::open);
  EXPECT_EQ(rules_of(step), Names{});
  EXPECT_EQ(reason_of(step), "rule_disabled");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(rules_of(world.next(State::open)), Names{});
}

TEST(ForwardingOpen, SeverityIsTheConfigurations) {
  Gateway world;
  auto settings = std::make_shared<RuleSettings>(*world.context.rule_settings);
  (*settings)[RuleId::forwarding_open].severity = Severity::critical;
  world.context.rule_settings = settings;
  EXPECT_EQ(world.open().view.findings.at(0).severity, Severity::critical);
}

TEST(ForwardingOpen, WhatIsNotJudgedIsSaid) {
  Gateway world;
  Device unknown = test::device("wg2", {});
  const Step step = world.next({forwarding(State::legacy_iptables, State::off, "wg0"),
                                forwarding(State::changing, State::changing, "wg1"), unknown,
                                forwarding(State::open, State::unreadable, "wg3"),
                                forwarding(State::open, State::filtered, "wg4")});
  const std::vector<UnjudgedForwarding> want{
      {"", "wg0", "ipv4", "legacy iptables is loaded, and what it drops cannot be seen"},
      {"", "wg1", "ipv4, ipv6", "the nftables rule set changed at every try to read it"},
      {"", "wg2", "ipv4, ipv6", "not known of this interface"},
      {"", "wg3", "ipv6", "the nftables rule set or the forwarding setting cannot be read"},
  };
  EXPECT_EQ(unjudged_forwarding(step.view), want);
  world.wait(5s);  // what could not be read is said by others
  EXPECT_TRUE(unjudged_forwarding(world.poll({}, SourceStatus::failed).view).empty());
  world.context.rule_settings = std::make_shared<const RuleSettings>();
  EXPECT_TRUE(unjudged_forwarding(world.next({unknown}).view).empty());
}

}  // namespace
}  // namespace wgaudit
