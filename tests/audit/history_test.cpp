// What a poll adds to the history: addresses of sessions, stays of keys, ends of findings.
#include <gtest/gtest.h>

#include "tests/audit/world.hpp"
#include "tests/support/file_sha256.hpp"
#include "tests/support/history_model.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::key;
using test::kStart;
using test::record;
using test::World;

class HistoryOfPolls : public testing::Test {
 protected:
  // One peer; each poll 5 s after the one before.
  Step poll(WallTime handshake, std::string endpoint = "192.0.2.1:1", Duration after = 5s) {
    return poll(
        {test::device(
            "wg0",
            {{.name = "alice", .last_handshake = handshake, .endpoint = std::move(endpoint)}})},
        after);
  }
  Step poll(std::vector<Device> devices, Duration after = 5s) {
    world.wait(after);
    Step step = world.poll(std::move(devices));
    if (world.committing) history.apply(step.delta);
    return step;
  }
  WallTime now() const { return world.now.wall; }
  // "1 192.0.2.1 -30 -5": session, address, seconds of first and last seen from now; "still".
  std::vector<std::string> endpoints() const {
    std::vector<std::string> texts;
    for (const SeenEndpoint& seen : history.endpoints()) {
      const auto& [session, address, first, last] = seen.endpoint;
      texts.push_back(std::to_string(session) + ' ' + to_string(address) + ' ' + ago(first) + ' ' +
                      (last ? ago(*last) : "still"));
    }
    return texts;
  }
  std::string ago(WallTime time) const {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time - now()).count());
  }
  using Texts = std::vector<std::string>;
  World world{{record("alice", "alice"), record("bob", "bob")}};
  test::HistoryModel history;
};

TEST_F(HistoryOfPolls, AddressesOfASessionThatMoves) {
  (void)poll(kStart - 1h);
  const WallTime handshake = now() + 2s;
  (void)poll(handshake);
  EXPECT_EQ(endpoints(), (Texts{"1 192.0.2.1 -3 still"})) << "since its first handshake";
  (void)poll(handshake, "192.0.2.1:2");
  EXPECT_EQ(endpoints().size(), 1U) << "a port is no address";
  (void)poll(handshake, "[2001:db8::1]:1");
  EXPECT_EQ(endpoints(), (Texts{"1 192.0.2.1 -13 -5", "1 2001:db8::1 0 still"}));
  (void)poll(handshake, "192.0.2.1:1");
  EXPECT_EQ(endpoints(), (Texts{"1 192.0.2.1 -18 still", "1 2001:db8::1 -5 -5"}));
  const Step step = poll(handshake, "192.0.2.1:1", 200s);
  EXPECT_EQ(endpoints(), (Texts{"1 192.0.2.1 -218 -38", "1 2001:db8::1 -205 -205"}))
      << "it ended 180 s after its handshake";
  EXPECT_EQ(step.delta.sessions.at(0).endpoint.address, *parse_address("192.0.2.1"));
}

TEST_F(HistoryOfPolls, AnAddressThatIsNewWithTheNextSessionIsOfThatOne) {
  (void)poll(kStart - 1h);
  (void)poll(now() + 2s);
  world.reboot(600s);
  const Step step = poll(now() + 3s, "198.51.100.1:1");
  ASSERT_EQ(step.delta.sessions.size(), 2U);
  EXPECT_EQ(step.delta.sessions[0].end_reason, "reboot");
  EXPECT_EQ(step.delta.sessions[0].endpoint.address, *parse_address("192.0.2.1"));
  EXPECT_EQ(test::event_of(step, Action::session_ended).text(Field::source_ip), "192.0.2.1");
  EXPECT_EQ(step.delta.sessions[1].endpoint.address, *parse_address("198.51.100.1"));
  const auto seen = history.endpoints();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].endpoint.last_seen, step.delta.sessions[0].ended);
  EXPECT_EQ(seen[1].endpoint.last_seen, std::nullopt);
}

TEST_F(HistoryOfPolls, AnAddressThatCameWhileNobodyLookedIsOfTheSessionThatEnded) {
  (void)poll(kStart - 1h);
  const WallTime handshake = now() + 2s;
  (void)poll(handshake);
  const Step step = poll(handshake, "198.51.100.1:1", 600s);
  EXPECT_EQ(step.delta.sessions.at(0).endpoint.address, *parse_address("198.51.100.1"));
  EXPECT_EQ(endpoints(), (Texts{"1 192.0.2.1 -603 -600", "1 198.51.100.1 -423 -423"}));
}

TEST_F(HistoryOfPolls, ASessionThatRanAtTheBaselineAndOneWithoutAnAddress) {
  (void)poll(kStart - 10s, "");
  EXPECT_EQ(endpoints(), Texts{}) << "nothing is known";
  ASSERT_EQ(history.sessions().size(), 1U);
  (void)poll(kStart - 10s, "192.0.2.1:1");
  EXPECT_EQ(endpoints(), (Texts{"1 192.0.2.1 0 still"}));
}

TEST_F(HistoryOfPolls, AFullDiskDelaysAndLosesNothing) {
  (void)poll(kStart - 1h);
  const WallTime handshake = now() + 2s;
  (void)poll(handshake);
  world.committing = false;
  (void)poll(handshake, "198.51.100.1:1");
  (void)poll(handshake, "198.51.100.2:1");
  EXPECT_EQ(endpoints(), (Texts{"1 192.0.2.1 -13 still"}));
  world.committing = true;
  (void)poll(handshake, "198.51.100.2:1");
  EXPECT_EQ(endpoints(), (Texts{"1 192.0.2.1 -18 -5", "1 198.51.100.2 0 still"}))
      << "the net change is what is told";
}

TEST_F(HistoryOfPolls, StaysOfAKey) {
  const Device with_bob = test::device("wg0", {{.name = "alice"}, {.name = "bob"}});
  const Device without = test::device("wg0", {{.name = "alice"}});
  (void)poll({without});
  (void)poll({with_bob});
  const WallTime added = now();
  for (int i = 0; i < 3; ++i) (void)poll({with_bob});
  ASSERT_EQ(history.keys().size(), 2U);
  EXPECT_EQ(history.keys()[0].added, std::nullopt) << "it was there at the baseline";
  const KeyRecord bob{{"", "wg0"}, key("bob"), "bob", added, added, {}, {}};
  EXPECT_EQ(history.keys()[1], bob);
  (void)poll({without});
  const WallTime missed = now();
  (void)poll({without});
  EXPECT_EQ(history.keys()[1], bob) << "not settled";
  (void)poll({without});
  EXPECT_EQ(history.keys()[1],
            (KeyRecord{{"", "wg0"}, key("bob"), "bob", added, added, missed, now()}));
  (void)poll({with_bob});
  ASSERT_EQ(history.keys().size(), 3U) << "another stay";
  EXPECT_EQ(history.keys()[2].added, now());
}

TEST_F(HistoryOfPolls, KeysGoWithTheirInterface) {
  const Device wg0 = test::device("wg0", {{.name = "alice"}}), wg1 = test::device("wg1", {});
  (void)poll({wg0, wg1});
  const WallTime seen = now();
  for (int i = 0; i < 20; ++i) (void)poll({wg1});
  ASSERT_EQ(history.keys().size(), 1U);
  EXPECT_EQ(history.keys()[0].last_seen, seen);
  EXPECT_TRUE(history.keys()[0].removed.has_value());
}

TEST_F(HistoryOfPolls, WhoseAKeyIsFollowsTheInventory) {
  const auto use = [&](std::string sha256, std::vector<Record> records) {
    auto inventory = std::make_shared<Inventory>();
    inventory->sha256 = std::move(sha256);
    inventory->records = std::move(records);
    world.use(std::move(inventory));
  };
  const Device device = test::device("wg0", {{.name = "alice"}, {.name = "eve"}});
  use(test::file_sha256("one"), {record("alice", "alice")});
  (void)poll({device});
  const auto principals = [&] {
    std::vector<std::string> names;
    for (const KeyRecord& stay : history.keys()) {
      names.push_back(stay.public_key == key("eve") ? stay.principal : "");
    }
    std::erase(names, "");
    return names;
  };
  EXPECT_EQ(principals(), Texts{"unknown:" + to_string(key("eve")).substr(0, 8)});
  use(test::file_sha256("another"), {record("alice", "alice"), record("eve", "eve")});
  const Step step = poll({device});
  EXPECT_EQ(principals(), Texts{"eve"});
  EXPECT_EQ(step.delta.key_owners.size(), 1U) << "alice is who she was";
  EXPECT_TRUE(poll({device}).delta.key_owners.empty());
  world.restart();
  EXPECT_EQ(poll({device}).delta.key_owners.size(), 2U) << "a run says it of all, once";
  EXPECT_TRUE(poll({device}).delta.key_owners.empty());
}

TEST_F(HistoryOfPolls, FindingsWithTheirEnd) {
  const Device stranger = test::device("wg0", {{.name = "eve"}}), none = test::device("wg0", {});
  (void)poll({stranger});
  ASSERT_EQ(history.findings().size(), 1U);
  EXPECT_EQ(history.findings()[0].closed, std::nullopt);
  const WallTime since = history.findings()[0].finding.since;
  for (int i = 0; i < 4; ++i) (void)poll({none});
  ASSERT_EQ(history.findings().size(), 1U);
  EXPECT_EQ(history.findings()[0].close_reason, "subject_gone");
  EXPECT_EQ(history.findings()[0].finding.since, since);
  EXPECT_GT(history.findings()[0].closed, since);
}

// One that nobody is told of, because it is accepted, is in the history with its end too.
TEST_F(HistoryOfPolls, AnAcceptedFindingClosesForWhatIsSo) {
  Record bob = record("bob", "bob");
  bob.status = Status::revoked;
  bob.exceptions.push_back({"revoked_key", "vendor", kStart + 1000h});
  World other({bob});
  world = std::move(other);
  const Device there = test::device("wg0", {{.name = "bob"}}), none = test::device("wg0", {});
  (void)poll({there});
  ASSERT_EQ(history.findings().size(), 1U);
  EXPECT_TRUE(history.findings()[0].finding.accepted);
  for (int i = 0; i < 4; ++i) (void)poll({none});
  EXPECT_EQ(history.findings()[0].close_reason, "subject_gone");
}

TEST_F(HistoryOfPolls, ARenamedInterfaceTakesTheStaysOfItsKeysAlong) {
  Device wg0 = test::device("wg0", {{.name = "alice"}});
  wg0.netns_inode = 1;
  wg0.link.emplace().index = 7;
  Device wg9 = wg0;
  wg9.name = "wg9";
  (void)poll({wg0});
  (void)poll({wg9});
  ASSERT_EQ(history.keys().size(), 1U);
  EXPECT_EQ(history.keys()[0].device, (DeviceId{"", "wg9"}));
  EXPECT_EQ(history.keys()[0].removed, std::nullopt);
}

}  // namespace
}  // namespace wgaudit
