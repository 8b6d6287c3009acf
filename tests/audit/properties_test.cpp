// What holds for every history: generated polls, seeds fixed.
#include <gtest/gtest.h>

#include <random>

#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::World;

constexpr const char* kNames[] = {"a", "b", "c", "d", "e", "f"};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

  std::vector<Record> records() {
    std::vector<Record> result;
    for (const char* name : kNames) {
      if (!chance(70)) continue;
      Record record = test::record(name, name);
      record.status = static_cast<Status>(random_() % 4);
      if (chance(50)) record.allowed_ips = {test::cidr("10.0.0.0/30")};
      if (chance(50)) record.at = {{"gw1", "", "wg0"}};
      if (chance(30)) record.expires_at = test::kStart + std::chrono::seconds{random_() % 200};
      result.push_back(record);
    }
    return result;
  }
  std::vector<Device> devices(WallTime now) {
    std::vector<Device> result;
    for (const char* interface : {"wg0", "wg1"}) {
      if (chance(10)) continue;
      std::vector<test::PeerSpec> peers;
      for (const char* name : kNames) {
        if (!chance(80)) continue;
        test::PeerSpec peer{.name = name};
        if (chance(60)) peer.allowed_ips = {"10.0.0." + std::to_string(random_() % 8)};
        if (chance(60)) peer.last_handshake = now - std::chrono::seconds{random_() % 400};
        peer.preshared_key = chance(50);
        peers.push_back(peer);
      }
      Device device = test::device(interface, peers);
      if (chance(20)) device.completeness = Completeness::incomplete;
      result.push_back(device);
    }
    return result;
  }

 private:
  std::mt19937 random_;
};

TEST(Properties, JudgingTwiceGivesTheSameAndChangesNoMemory) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Generator generator(seed);
    World world(generator.records(), {{"gw1", "", {}, {}}});
    for (int i = 0; i < 30; ++i) {
      Observation observation;
      observation.begun = observation.ended = world.now.boot;
      observation.sources.push_back(
          {CollectorKind::netlink, "", SourceStatus::complete, "", {}, {}});
      observation.devices = generator.devices(world.now.wall);
      for (auto& device : observation.devices) device.observed_at = world.now.boot;
      const Step first = judge(world.memory, observation, world.context, world.now);
      const Step second = judge(world.memory, observation, world.context, world.now);
      EXPECT_EQ(first.view.findings, second.view.findings);
      EXPECT_EQ(first.events, second.events);
      world.memory.apply(first.delta);
      world.wait(5s);
    }
  }
}

TEST(Properties, TheSamePollAgainTellsNothing) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Generator generator(seed);
    World world(generator.records());
    auto devices = generator.devices(world.now.wall);
    for (auto& device : devices) device.completeness = Completeness::complete;
    (void)world.poll(devices);
    const Step again = world.poll(devices);
    EXPECT_TRUE(again.events.empty()) << seed;
    for (const auto& change : again.delta.devices) {
      EXPECT_TRUE(change.changed.empty() && change.removed.empty()) << seed;
    }
  }
}

TEST(Properties, SinceNeverMovesAndFindingsAreSortedAndUnique) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Generator generator(seed);
    World world(generator.records(), {{"gw1", "", {}, {}}});
    std::map<FindingIdentity, WallTime> since;
    for (int i = 0; i < 40; ++i) {
      const Step step = world.poll(generator.devices(world.now.wall));
      std::map<FindingIdentity, WallTime> now;
      for (const auto& finding : step.view.findings) {
        const auto before = since.find(finding.identity);
        if (before != since.end()) EXPECT_EQ(finding.since, before->second);
        EXPECT_TRUE(now.emplace(finding.identity, finding.since).second) << "twice";
      }
      EXPECT_TRUE(std::ranges::is_sorted(step.view.findings, {}, &Finding::identity));
      since = std::move(now);
      world.wait(5s);
    }
  }
}

// Counters of opened findings equal the finding-opened events, and every close has its open.
TEST(Properties, OpensAndClosesBalance) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Generator generator(seed);
    World world(generator.records(), {{"gw1", "", {}, {}}});
    long opened = 0, closed = 0;
    Step step;
    for (int i = 0; i < 60; ++i) {
      step = world.poll(generator.devices(world.now.wall));
      for (const auto& event : step.events) {
        opened += event.action == Action::finding_opened;
        closed += event.action == Action::finding_closed;
      }
      world.wait(5s);
    }
    EXPECT_EQ(opened - closed, static_cast<long>(step.view.findings.size()));
    std::uint64_t total = 0;
    for (const auto& rule : step.view.opened_total.count) {
      for (const auto count : rule) total += count;
    }
    EXPECT_EQ(total, static_cast<std::uint64_t>(opened));
  }
}

TEST(Properties, TheOrderOfTheInventoryDoesNotMatter) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    Generator generator(seed);
    auto records = generator.records();
    const auto devices = generator.devices(test::kStart);
    World straight(records, {{"gw1", "", {}, {}}});
    std::ranges::reverse(records);
    World reversed(records, {{"gw1", "", {}, {}}});
    EXPECT_EQ(straight.poll(devices).view.findings, reversed.poll(devices).view.findings);
  }
}

}  // namespace
}  // namespace wgaudit
