// WGA-019: minutes far above what a peer usually transfers.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::device;
using test::event_of;
using test::Names;
using test::record;
using test::rules_of;
using test::World;

constexpr std::uint64_t kMegabyte = 1'000'000;

std::shared_ptr<RuleSettings> switched_on() {
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[RuleId::traffic_anomaly].enabled = true;
  return settings;
}

// One peer that is polled every ten seconds and transfers evenly.
struct Watched {
  World world{{record("alice", "alice")}};
  std::uint64_t received = 0, sent = 0;
  std::string told;

  explicit Watched(std::shared_ptr<RuleSettings> settings = switched_on()) {
    world.context.rule_settings = std::move(settings);
    world.context.poll_interval = 10s;
  }
  Step poll() {
    Step step = world.poll(
        {device("wg0", {{.name = "alice", .received_bytes = received, .sent_bytes = sent}})});
    for (const Event& event : step.events) {
      if (event.action != Action::finding_opened && event.action != Action::finding_closed)
        continue;
      told += std::string(to_string(event.action)) + " " +
              std::string(event.text(Field::event_reason)) + "\n";
    }
    return step;
  }
  // The polls of some minutes; the last is at the end of the last.
  Step minutes(int count, std::uint64_t bytes) {
    Step step;
    for (int i = 0; i < 6 * count; ++i) {
      world.wait(10s);
      received += bytes / 12;
      sent += bytes / 12;
      step = poll();
    }
    return step;
  }
  PeerMemory& memory() { return world.memory.devices.at({"", "wg0"}).peers.at(0); }
  // As after months of about 2 MB a minute.
  void experienced() {
    poll();
    memory().traffic = {std::log2(2.0 * kMegabyte), 0.25, 100'000};
    minutes(2, 2 * kMegabyte);
  }
};

TEST(Traffic, OpensAfterFiveMinutesInARowAndClosesWithOneBelow) {
  Watched peer;
  peer.experienced();
  EXPECT_EQ(rules_of(peer.minutes(4, 100 * kMegabyte)), Names{});
  const Step step = peer.minutes(1, 100 * kMegabyte);
  ASSERT_EQ(rules_of(step), Names{"traffic_anomaly"});
  EXPECT_EQ(step.view.findings[0].severity, Severity::medium);
  EXPECT_EQ(step.view.findings[0].detail,
            "100.0 MB in a minute, the 5th in a row above what is usual for the peer, 8.0 MB");
  const Step later = peer.minutes(30, 200 * kMegabyte);
  EXPECT_EQ(later.view.findings.at(0).detail, step.view.findings[0].detail);
  EXPECT_EQ(later.view.findings[0].since, step.view.findings[0].since);
  EXPECT_EQ(rules_of(peer.minutes(1, 2 * kMegabyte)), Names{});
  EXPECT_EQ(peer.told, "finding-opened \nfinding-closed cause_gone\n");
}

TEST(Traffic, NearMisses) {
  struct Case {
    const char* name;
    std::vector<std::uint64_t> megabytes;  // a minute
    TrafficLevel level;
    std::uint64_t floor;
    bool want;
  };
  const double usual = std::log2(2.0 * kMegabyte);
  const std::vector<std::uint64_t> high(5, 20), four{20, 20, 20, 20, 2, 20, 20, 20, 20};
  const Case cases[] = {
      {"far above", high, {usual, 0.25, 100'000}, kMegabyte, true},
      {"four in a row, twice", four, {usual, 0.25, 100'000}, kMegabyte, false},
      {"within four deviations", high, {usual, 1, 100'000}, kMegabyte, false},
      {"not above the floor", high, {usual, 0.25, 100'000}, 20 * kMegabyte, false},
      {"an hour short of 24 h of activity", high, {usual, 0.25, 23 * 60}, kMegabyte, false},
      {"24 h of activity", high, {usual, 0.25, 24 * 60}, kMegabyte, true},
      {"even traffic, less than doubled", {3, 3, 3, 3, 3}, {usual, 0, 100'000}, kMegabyte, false},
      {"even traffic, doubled", {5, 5, 5, 5, 5}, {usual, 0, 100'000}, kMegabyte, true},
  };
  for (const Case& c : cases) {
    Watched peer;
    auto inventory = std::make_shared<Inventory>();
    inventory->records = {record("alice", "alice")};
    inventory->policy.traffic_floor = c.floor;
    peer.world.use(inventory);
    peer.world.context.rule_settings = switched_on();
    peer.world.context.poll_interval = 10s;
    peer.poll();
    peer.minutes(1, 0);
    peer.memory().traffic = c.level;
    Step step;
    for (const std::uint64_t megabytes : c.megabytes) step = peer.minutes(1, megabytes * kMegabyte);
    EXPECT_EQ(rules_of(step), c.want ? Names{"traffic_anomaly"} : Names{}) << c.name;
  }
}

TEST(Traffic, IsOffByDefaultAndCostsNothingThen) {
  Watched peer(std::make_shared<RuleSettings>());
  peer.poll();
  peer.minutes(3, 2 * kMegabyte);
  EXPECT_EQ(peer.memory().traffic, TrafficLevel{});
  EXPECT_EQ(peer.memory().recent.traffic, TrafficWatch{});
  EXPECT_TRUE(peer.minutes(1, 2 * kMegabyte).delta.devices.at(0).changed.empty());
}

TEST(Traffic, ChangesAPeerOnceAMinute) {
  Watched peer;
  peer.poll();
  int changes = 0;
  for (int i = 0; i < 60; ++i) {
    peer.world.wait(10s);
    peer.received += kMegabyte;
    changes += static_cast<int>(peer.poll().delta.devices.at(0).changed.size());
  }
  EXPECT_EQ(changes, 10);
}

TEST(Traffic, MayBeOnForARoleAlone) {
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[RuleId::traffic_anomaly].roles = {{"laptop", true, std::nullopt}};
  for (const bool in_role : {true, false}) {
    Watched peer;
    auto inventory = std::make_shared<Inventory>();
    inventory->roles = {{"laptop", {}}};
    inventory->records = {record("alice", "alice")};
    if (in_role) inventory->records[0].role = 0;
    peer.world.use(inventory);
    peer.world.context.rule_settings = settings;
    peer.world.context.poll_interval = 10s;
    peer.experienced();
    EXPECT_EQ(rules_of(peer.minutes(6, 100 * kMegabyte)),
              in_role ? Names{"traffic_anomaly"} : Names{});
  }
}

TEST(Traffic, ARestartNeitherClosesNorOpensAgain) {
  Watched peer;
  peer.experienced();
  peer.minutes(6, 100 * kMegabyte);
  for (const bool clean : {true, false}) {
    peer.world.restart(clean);
    peer.world.wait(20s);
    EXPECT_EQ(rules_of(peer.poll()), Names{"traffic_anomaly"});
    EXPECT_EQ(rules_of(peer.minutes(10, 100 * kMegabyte)), Names{"traffic_anomaly"});
  }
  EXPECT_EQ(peer.told, "finding-opened \n");
  peer.world.restart();
  peer.poll();
  EXPECT_EQ(rules_of(peer.minutes(2, 2 * kMegabyte)), Names{});
  EXPECT_EQ(peer.told, "finding-opened \nfinding-closed cause_gone\n");
}

TEST(Traffic, WhatCameInAGapIsNoBurst) {
  Watched peer;
  peer.experienced();
  const TrafficLevel before = peer.memory().traffic;
  peer.world.wait(10min);
  peer.received += 10'000 * kMegabyte;
  peer.poll();
  EXPECT_EQ(peer.memory().traffic, before);
  EXPECT_EQ(peer.memory().recent.traffic.above, 0U);
  peer.minutes(2, 2 * kMegabyte);
  EXPECT_EQ(peer.memory().traffic.minutes, before.minutes + 1) << "the first is not whole";
  EXPECT_EQ(peer.told, "");
}

TEST(Traffic, AGapLeavesAnOpenFindingAsItIs) {
  Watched peer;
  peer.experienced();
  peer.minutes(5, 100 * kMegabyte);
  peer.world.wait(10min);
  EXPECT_EQ(rules_of(peer.poll()), Names{"traffic_anomaly"});
  EXPECT_EQ(rules_of(peer.minutes(2, 2 * kMegabyte)), Names{});
}

TEST(Traffic, IsClosedWhenSwitchedOff) {
  Watched peer;
  peer.experienced();
  peer.minutes(5, 100 * kMegabyte);
  peer.world.context.rule_settings = std::make_shared<RuleSettings>();
  peer.world.restart();
  peer.poll();
  EXPECT_EQ(peer.told, "finding-opened \nfinding-closed rule_disabled\n");
}

// ---- arithmetic

TrafficStep count_minutes(const std::vector<std::pair<Duration, std::uint64_t>>& readings) {
  TrafficStep step;
  std::optional<TrafficReading> before;
  for (const auto& [at, bytes] : readings) {
    const TrafficReading now{BootTime{at}, bytes};
    step = watch_traffic(step.level, step.watch, before, now, 0);
    before = now;
  }
  return step;
}

TEST(TrafficLevel, BytesAreSpreadOverTheTimeBetweenPolls) {
  // A third of the second 3,000 bytes came after the minute.
  const auto step = count_minutes({{55s, 0}, {65s, 0}, {118s, 3000}, {121s, 6000}});
  EXPECT_EQ(step.watch.last_bytes, 5000U);
  EXPECT_EQ(step.watch.minute, BootTime{120s});
  EXPECT_EQ(step.watch.base, 5000U);
}

TEST(TrafficLevel, OnlyWholeActiveMinutesAreLearned) {
  EXPECT_EQ(count_minutes({{1s, 0}, {61s, 9'000'000}}).level.minutes, 0U) << "not whole";
  EXPECT_EQ(count_minutes({{60s, 0}, {61s, 0}, {120s, 9'000'000}}).level.minutes, 0U);
  EXPECT_EQ(count_minutes({{59s, 0}, {60s, 0}, {120s, 1023}}).level.minutes, 0U);
  const auto active = count_minutes({{59s, 0}, {60s, 0}, {120s, 1024}});
  EXPECT_EQ(active.level.minutes, 1U);
  EXPECT_DOUBLE_EQ(active.level.mean, 10);
  // A poll that spans several minutes gives each its share.
  EXPECT_EQ(count_minutes({{59s, 0}, {60s, 0}, {240s, 3 << 20}}).level.minutes, 3U);
}

TEST(TrafficLevel, ACounterThatIsSetBack) {
  // Seen: what it shows came since.
  auto step = count_minutes({{59s, 500}, {60s, 500}, {90s, 8500}, {100s, 1000}, {120s, 3000}});
  EXPECT_EQ(step.watch.last_bytes, 11'000U);
  // Between two polls that end no minute it is not looked at: what is there is the least that came.
  const TrafficWatch watch{BootTime{60s}, 500, 0, 0, true, false};
  step = watch_traffic({}, watch, TrafficReading{BootTime{110s}, 300}, {BootTime{120s}, 400}, 0);
  EXPECT_EQ(step.watch.last_bytes, 400U);
  // In the poll that ends the minute.
  step = count_minutes({{59s, 500}, {60s, 500}, {90s, 8500}, {120s, 3000}, {180s, 4000}});
  EXPECT_EQ(step.watch.last_bytes, 1000U);
}

TEST(TrafficLevel, IsThePlainMeanFirstAndWeighsAWeekLater) {
  TrafficLevel level;
  for (const std::uint64_t bytes : {1U << 10U, 1U << 12U, 1U << 14U, 1U << 16U}) {
    level = learn_minute(level, bytes);
  }
  EXPECT_DOUBLE_EQ(level.mean, 13);
  EXPECT_DOUBLE_EQ(level.variance, 5);
  EXPECT_EQ(limit_of(level), std::nullopt);
  level = {20, 4, 1'000'000};
  for (std::uint32_t i = 0; i < kTrafficHalfLife; ++i) level = learn_minute(level, 1U << 10U);
  EXPECT_NEAR(level.mean, 15, 0.01);
}

TEST(TrafficLevel, AnAnomalyTeachesNoMoreThanItsLimit) {
  TrafficLevel level{20, 1, 100'000};
  const double before = *limit_of(level);
  EXPECT_DOUBLE_EQ(before, 1 << 24);
  for (int i = 0; i < 60; ++i) level = learn_minute(level, std::uint64_t{1} << 40U);
  EXPECT_LT(*limit_of(level), before * 1.2) << "after an hour";
  for (int i = 0; i < 7 * 24 * 60; ++i) level = learn_minute(level, std::uint64_t{1} << 30U);
  EXPECT_GT(*limit_of(level), 1 << 30) << "after a week it is the new normal";
}

}  // namespace
}  // namespace wgaudit
