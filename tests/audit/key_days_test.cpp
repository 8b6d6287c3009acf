// Generated days: the rules find through judge() what `detection` finds on the trail alone.
#include "tests/detect/key_days.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/audit/world.hpp"
#include "tests/detect/traffic_days.hpp"

namespace wgaudit {
namespace {

using test::KeyDay;
using test::KeyScenario;
using test::World;

Duration duration(double seconds) {
  return Duration{static_cast<Duration::rep>(std::llround(seconds * 1e9))};
}

class KeyDays : public testing::TestWithParam<KeyScenario> {};

TEST_P(KeyDays, TheRuleSeesWhatTheTrailSays) {
  World world({test::record("alice", "alice")});
  const Now start = world.now;
  KeyDay day(GetParam(), 42);
  test::TrailWatcher watcher;
  for (int i = 0; i < 2000; ++i) {
    const auto poll = day.next();
    ASSERT_TRUE(poll);
    world.now.boot = start.boot + duration(poll->at);
    world.now.wall = start.wall + duration(poll->at);
    Device device = test::device("wg0", {{.name = "alice"}});
    device.peers[0].endpoint = poll->endpoint;
    if (poll->last_handshake != -test::kNever) {
      device.peers[0].last_handshake = start.wall + duration(poll->last_handshake);
    }
    const auto step = world.poll({device});
    Sharing seen = Sharing::none;
    for (const Finding& finding : step.view.findings) {
      if (finding.identity.rule != RuleId::shared_key) continue;
      seen = finding.severity == Severity::high ? Sharing::alternating : Sharing::returning;
    }
    ASSERT_EQ(seen, watcher.poll(*poll)) << "at " << poll->at;
  }
}

TEST_P(KeyDays, AreJudgedAsTheyShould) {
  const test::KeyFigures figures = test::run_days(GetParam(), 3);
  EXPECT_GE(figures.high_days, static_cast<std::uint64_t>(3 * GetParam().least_high));
  EXPECT_LE(figures.high_days, static_cast<std::uint64_t>(3 * GetParam().most_high));
  EXPECT_LE(figures.medium_days, static_cast<std::uint64_t>(3 * GetParam().most_medium));
  EXPECT_GT(figures.handshakes, 100U);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, KeyDays, testing::ValuesIn(test::key_scenarios()),
                         [](const auto& scenario) {
                           std::string name;
                           for (const char c : scenario.param.name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
                           }
                           return name;
                         });

TEST(TrafficDays, AreJudgedAsTheyShould) {
  for (const test::TrafficScenario& scenario : test::traffic_scenarios()) {
    const test::TrafficFigures figures = test::run_traffic(scenario, 4);
    EXPECT_LE(figures.findings, scenario.most_findings + 0.2) << scenario.name;
    EXPECT_GE(figures.seen_512, scenario.least_seen_512 - 0.5) << scenario.name;
    EXPECT_GT(figures.limit, 2) << scenario.name;
  }
}

}  // namespace
}  // namespace wgaudit
