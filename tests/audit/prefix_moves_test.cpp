// A prefix that goes from one peer to another, as the kernel does it without a word; rotations.
#include <gtest/gtest.h>

#include "tests/audit/world.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using test::actions_of;
using test::cidr;
using test::device;
using test::event_of;
using test::key;
using test::Names;
using test::record;
using test::rules_of;
using test::World;

using Texts = std::vector<std::string>;

Record granted(const std::string& key_name, const std::string& principal) {
  Record record = test::record(key_name, principal);
  record.allowed_ips = {cidr("10.0.0.2/32")};
  return record;
}

Device holds(const std::string& holder, const std::vector<std::string>& all) {
  std::vector<test::PeerSpec> peers;
  for (const std::string& name : all) {
    peers.push_back({.name = name});
    if (name == holder) peers.back().allowed_ips = {"10.0.0.2/32"};
  }
  return device("wg0", peers);
}

struct Moves : testing::Test {
  Step poll(const Device& device) {
    world.wait(5s);
    return world.poll({device});
  }
  // Names of all findings that were told of in the polls until absences are settled.
  Names told_until_settled(const Device& device) {
    Names told;
    for (int i = 0; i < 4; ++i) {
      for (const Event& event : poll(device).events) {
        if (event.action == Action::finding_opened) {
          told.emplace_back(event.text(Field::rule_name));
        }
      }
    }
    return told;
  }
  World world{{granted("alice", "alice"), record("bob", "bob")}};
};

TEST_F(Moves, AreToldAtOnceWithWhoHadIt) {
  (void)poll(holds("alice", {"alice", "bob"}));
  const Step step = poll(holds("bob", {"alice", "bob"}));
  const Event& event = event_of(step, Action::allowed_ips_moved);
  EXPECT_EQ(event.kind, EventKind::alert);
  EXPECT_EQ(event.severity, Severity::medium);
  EXPECT_EQ(event.public_key, key("bob"));
  EXPECT_EQ(*event.find(Field::moved_allowed_ips), Value{Texts{"10.0.0.2/32"}});
  EXPECT_EQ(event.text(Field::moved_from_public_key), to_string(key("alice")));
  EXPECT_EQ(event.text(Field::moved_from_principal), "alice");
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(std::ranges::count(poll(holds("bob", {"alice", "bob"})).events,
                                 Action::allowed_ips_moved, &Event::action),
              0);
  }
  EXPECT_EQ(rules_of(poll(holds("bob", {"alice", "bob"}))), Names{"allowed_ips_missing"});
  const std::string& detail = world.memory.findings[0].detail;
  EXPECT_NE(detail.find("it is on bob (" + to_string(key("bob")) + ")"), std::string::npos)
      << detail;
}

TEST_F(Moves, ToldOnceHoweverLongTheDiskIsFull) {
  (void)poll(holds("alice", {"alice", "bob"}));
  world.committing = false;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(std::ranges::count(poll(holds("bob", {"alice", "bob"})).events,
                                 Action::allowed_ips_moved, &Event::action),
              1);
  }
  world.committing = true;
  (void)event_of(poll(holds("bob", {"alice", "bob"})), Action::allowed_ips_moved);
  EXPECT_EQ(actions_of(poll(holds("bob", {"alice", "bob"}))), Names{});
}

TEST_F(Moves, ToWhomTheInventoryGivesItIsNoAlert) {
  world = World{{record("alice", "alice"), granted("bob", "bob")}};
  (void)poll(holds("alice", {"alice", "bob"}));
  const Step step = poll(holds("bob", {"alice", "bob"}));
  const Event& event = event_of(step, Action::allowed_ips_moved);
  EXPECT_EQ(event.kind, EventKind::event);
  EXPECT_EQ(event.severity, Severity::info);
}

TEST_F(Moves, APeerThatIsGoneHadNothingTaken) {
  (void)poll(holds("alice", {"alice"}));
  EXPECT_EQ(actions_of(poll(holds("bob", {"bob"}))), Names{"peer-added"});
}

TEST_F(Moves, AtTheBaselineNothingIsTold) {
  const Step step = world.poll({holds("bob", {"alice", "bob"})});
  EXPECT_EQ(std::ranges::count(step.events, Action::allowed_ips_moved, &Event::action), 0);
}

TEST_F(Moves, AFirstSightWaitsUntilAPrefixIsSettledMissing) {
  (void)poll(holds("", {"bob"}));
  EXPECT_EQ(rules_of(poll(holds("", {"alice", "bob"}))), Names{});
  EXPECT_EQ(rules_of(poll(holds("", {"alice", "bob"}))), Names{});
  EXPECT_EQ(rules_of(poll(holds("", {"alice", "bob"}))), Names{"allowed_ips_missing"});
  // There again: closed at once.
  EXPECT_EQ(rules_of(poll(holds("alice", {"alice", "bob"}))), Names{});
}

TEST_F(Moves, ANewListenerOfAPrefixIsQuietWhileTheSetOfPeersChanges) {
  (void)poll(holds("alice", {"alice", "bob"}));
  (void)poll(holds("", {"alice", "bob"}));
  for (const auto* more : {"carol", "dave", "erin"}) {
    EXPECT_EQ(std::ranges::count(rules_of(poll(holds("", {"alice", "bob", more}))),
                                 "allowed_ips_missing"),
              0);
  }
}

struct Rotation : Moves {
  Rotation() {
    Record successor = granted("alice 2", "alice");
    successor.replaces = key("alice");
    successor.issued_at = world.now.wall;
    for (Record* record : {&before, &successor}) record->at = {{"gw1", "", "wg0"}};
    auto inventory = std::make_shared<Inventory>();
    inventory->records = {before, successor};
    inventory->gateways = {{"gw1", "", {}, {}}};
    world.use(inventory);
  }
  Record before = granted("alice", "alice");
};

TEST_F(Rotation, IsQuietFromBeginningToEnd) {
  Names told = told_until_settled(holds("alice", {"alice"}));  // the new key is not there yet
  for (const Names& peers : {Names{"alice", "alice 2"}, Names{"alice", "alice 2"}}) {
    std::ranges::copy(told_until_settled(holds("alice", peers)), std::back_inserter(told));
    std::ranges::copy(told_until_settled(holds("alice 2", peers)), std::back_inserter(told));
  }
  std::ranges::copy(told_until_settled(holds("alice 2", {"alice 2"})), std::back_inserter(told));
  EXPECT_EQ(told, Names{});
}

TEST_F(Rotation, IsToldOnceWhenTheOldKeyIsGone) {
  (void)poll(holds("alice", {"alice", "alice 2"}));
  (void)poll(holds("alice 2", {"alice", "alice 2"}));
  std::vector<std::uint64_t> rotated, removed;
  for (int i = 0; i < 8; ++i) {
    for (const Event& event : poll(holds("alice 2", {"alice 2"})).events) {
      if (event.action == Action::key_rotated) rotated.push_back(event.sequence);
      if (event.action == Action::peer_removed) removed.push_back(event.sequence);
    }
  }
  EXPECT_EQ(rotated.size(), 1U);
  EXPECT_EQ(removed.size(), 1U);
}

TEST_F(Rotation, ThatNeverBeganIsAMissingPeerWhenTheOverlapEnds) {
  (void)poll(holds("alice", {"alice"}));
  world.wait(24h * 7);
  EXPECT_EQ(told_until_settled(holds("alice", {"alice"})), (Names{"rotation_due", "missing_peer"}));
}

TEST_F(Rotation, ThePrefixOnNeitherKeyIsMissingOnTheNewOne) {
  (void)told_until_settled(holds("alice", {"alice", "alice 2"}));
  EXPECT_EQ(told_until_settled(holds("", {"alice", "alice 2"})), Names{"allowed_ips_missing"});
  EXPECT_EQ(world.memory.findings[0].identity.public_key, key("alice 2"));
}

}  // namespace
}  // namespace wgaudit
