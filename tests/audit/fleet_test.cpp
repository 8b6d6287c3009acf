#include "audit/fleet.hpp"

#include <gtest/gtest.h>

#include "audit/judge.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kNow = "2026-11-01T12:00:00Z";

Record at(std::string_view name, std::vector<Place> places) {
  Record record = test::record(name, name);
  record.at = std::move(places);
  return record;
}

// Gateways whose wg0 have these peers; each with an interface key of its own.
class Fleet {
 public:
  explicit Fleet(std::vector<Record> records) : inventory_(test::inventory(std::move(records))) {}

  Device& add(const std::string& gateway, const std::vector<test::PeerSpec>& peers) {
    View view;
    view.gateway = gateway;
    view.taken.wall = test::wall(kNow);
    view.inventory_health.configured = true;
    auto device = std::make_shared<Device>(test::device("wg0", peers));
    device->public_key = test::key("interface of " + gateway);
    view.devices = {{device, std::vector<PeerStatus>(peers.size()), true}};
    views_.push_back(std::move(view));
    return *device;
  }

  std::vector<FleetFinding> judge() {
    std::vector<const View*> views;
    for (View& view : views_) {
      view.inventory = inventory_;
      view.rule_settings = settings_;
      views.push_back(&view);
    }
    return evaluate_fleet(views);
  }

  std::shared_ptr<Inventory> inventory_;
  std::shared_ptr<RuleSettings> settings_ = std::make_shared<RuleSettings>();
  std::vector<View> views_;
};

TEST(Fleet, AKeyWhereItsRecordDoesNotAllowIt) {
  Fleet fleet({at("alice", {{"gw1", "", "wg0"}}), at("bob", {{"gw1", "", "wg0"}})});
  fleet.add("gw1", {{.name = "alice"}, {.name = "bob"}});
  fleet.add("gw2", {{.name = "alice"}});
  fleet.add("gw3", {{.name = "alice"}});
  const auto found = fleet.judge();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].finding.identity,
            (FindingIdentity{RuleId::duplicate_key, "", "", test::key("alice"), ""}));
  EXPECT_EQ(found[0].finding.severity, Severity::medium);
  EXPECT_EQ(found[0].finding.principal, "alice");
  EXPECT_EQ(found[0].finding.since, test::wall(kNow));
  EXPECT_FALSE(found[0].finding.accepted);
  EXPECT_EQ(found[0].finding.detail,
            "the key is at gw1/wg0, gw2/wg0, gw3/wg0; `at` does not allow gw2/wg0, gw3/wg0");
  EXPECT_EQ(found[0].places,
            (std::vector<Place>{{"gw1", "", "wg0"}, {"gw2", "", "wg0"}, {"gw3", "", "wg0"}}));
}

TEST(Fleet, WhatIsAllowedOrUnknownIsNoFinding) {
  Fleet fleet({at("alice", {{"gw1", "", "wg0"}, {"gw2", "", "*"}}), at("bob", {{"*", "", "wg0"}})});
  fleet.add("gw1", {{.name = "alice"}, {.name = "bob"}, {.name = "stranger"}});
  fleet.add("gw2", {{.name = "alice"}, {.name = "bob"}, {.name = "stranger"}});
  EXPECT_TRUE(fleet.judge().empty());
}

TEST(Fleet, TwoInterfacesOfOneGatewayAreThatGatewaysMatter) {
  Fleet fleet({at("alice", {{"gw1", "", "wg0"}})});
  fleet.add("gw1", {{.name = "alice"}});
  auto second = std::make_shared<Device>(test::device("wg1", {{.name = "alice"}}));
  second->public_key = test::key("another");
  fleet.views_[0].devices.push_back({second, std::vector<PeerStatus>(1), true});
  fleet.add("gw2", {});
  EXPECT_TRUE(fleet.judge().empty());
}

TEST(Fleet, NoneOfItsPlacesIsAllowed) {
  Fleet fleet({at("alice", {})});
  fleet.add("gw1", {{.name = "alice"}});
  fleet.add("gw2", {{.name = "alice"}});
  ASSERT_EQ(fleet.judge().size(), 1U);
  EXPECT_EQ(fleet.judge()[0].finding.detail,
            "the key is at gw1/wg0, gw2/wg0; `at` does not allow any of them");
}

TEST(Fleet, WithoutAtNothingAllowsIt) {
  Fleet fleet({test::record("carol", "carol")});
  fleet.add("gw1", {{.name = "carol"}});
  fleet.add("gw2", {{.name = "carol"}});
  ASSERT_EQ(fleet.judge().size(), 1U);
  EXPECT_EQ(fleet.judge()[0].finding.detail,
            "the key is at gw1/wg0, gw2/wg0; its record has no `at`");
}

TEST(Fleet, ALongListIsCutAndThePlacesAreAll) {
  Fleet fleet({at("alice", {})});
  for (int i = 10; i < 22; ++i) fleet.add("gw" + std::to_string(i), {{.name = "alice"}});
  const auto found = fleet.judge();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].places.size(), 12U);
  EXPECT_NE(found[0].finding.detail.find("gw17/wg0 and 4 more; "), std::string::npos)
      << found[0].finding.detail;
}

TEST(Fleet, AnInterfaceKeyOfTwoGateways) {
  Fleet fleet({});
  fleet.add("gw1", {}).public_key = test::key("pair");
  fleet.add("gw2", {}).public_key = test::key("pair");
  // A site-to-site peer: the key of one gateway's interface on the other is as it should be.
  fleet.add("gw3", {{.name = "pair"}});
  const auto found = fleet.judge();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].finding.identity.subject, kInterfaceKeySubject);
  EXPECT_EQ(found[0].finding.principal, "");
  EXPECT_EQ(found[0].finding.detail,
            "interfaces of several gateways have one private key: gw1/wg0, gw2/wg0");
  for (const char* name : {"gw1", "gw2"}) {
    EXPECT_EQ(fleet.judge().size(), 1U);
    fleet.inventory_->gateways.push_back(
        {name, "", {}, {{"wg0", "", test::key("pair"), std::nullopt}}});
  }
  EXPECT_TRUE(fleet.judge().empty()) << "a pair that the inventory lists";
}

TEST(Fleet, ExceptionsGradesAndSwitchesHold) {
  Record alice = at("alice", {});
  alice.exceptions = {{"duplicate_key", "moves house", test::wall("2026-12-01T00:00:00Z")}};
  Fleet fleet({alice});
  fleet.add("gw1", {{.name = "alice"}});
  fleet.add("gw2", {{.name = "alice"}});
  ASSERT_EQ(fleet.judge().size(), 1U);
  EXPECT_TRUE(fleet.judge()[0].finding.accepted);
  for (View& view : fleet.views_) view.taken.wall = test::wall("2026-12-01T00:00:00Z");
  EXPECT_FALSE(fleet.judge()[0].finding.accepted);
  (*fleet.settings_)[RuleId::duplicate_key].severity = Severity::high;
  EXPECT_EQ(fleet.judge()[0].finding.severity, Severity::high);
  (*fleet.settings_)[RuleId::duplicate_key].enabled = false;
  EXPECT_TRUE(fleet.judge().empty());
}

TEST(Fleet, NeedsAnInventoryAndSeveralGateways) {
  Fleet fleet({at("alice", {})});
  EXPECT_TRUE(fleet.judge().empty());
  fleet.add("gw1", {{.name = "alice"}});
  EXPECT_TRUE(fleet.judge().empty());
  fleet.add("gw2", {{.name = "alice"}});
  EXPECT_EQ(fleet.judge().size(), 1U);
  for (View& view : fleet.views_) view.inventory_health.configured = false;
  EXPECT_TRUE(fleet.judge().empty());
}

TEST(GatewayContexts, GiveWhatOneGatewayAloneIsGiven) {
  Record retired = at("retired", {{"gw1", "", "wg0"}});
  retired.status = Status::disabled;
  Record next = at("next", {{"gw1", "", "wg0"}, {"gw1", "", "wg0"}, {"gw2", "blue", "wg1"}});
  next.replaces = test::key("retired");
  auto inventory = test::inventory(
      {retired, next, at("all", {{"*", "", "wg0"}, {"gw1", "", "*"}, {"gw3", "", "wg0"}})});
  inventory->gateways = {{"gw1", "", {}, {}}, {"gw2", "", {}, {}}};
  const auto rules = std::make_shared<const RuleSettings>();
  const std::vector<std::string> names{"gw1", "gw2", "gw3"};
  GatewayContexts contexts(names, inventory, {}, rules);
  for (const std::string& name : names) {
    const JudgeContext& one = contexts.of(name);
    const JudgeContext alone = make_context(name, inventory, {}, rules);
    EXPECT_EQ(one.gateway, name);
    EXPECT_EQ(one.expected, alone.expected);
    EXPECT_EQ(one.inventory_health.gateway_known, name != "gw3");
    EXPECT_EQ(alone.inventory_health.gateway_known, name != "gw3");
    EXPECT_EQ(one.replacing, alone.replacing);
    EXPECT_EQ(one.policies.size(), 1U);
    EXPECT_EQ(alone.policies.size(), 1U);
    EXPECT_EQ(one.inventory, inventory);
    EXPECT_EQ(one.rule_settings, rules);
  }
  const JudgeContext gw1 = make_context("gw1", inventory, {}, rules);
  ASSERT_EQ(gw1.expected.size(), 1U);
  EXPECT_EQ(gw1.expected.at({"", "wg0"}), std::vector<const Record*>{&inventory->records[1]});
}

}  // namespace
}  // namespace wgaudit
