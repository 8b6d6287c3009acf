#include "exporter/codec/report.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "exporter/codec/json_writer.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

const WallTime kNow = test::wall("2026-11-01T12:00:00Z");

Finding finding(RuleId rule, std::string_view key, std::string principal, std::string detail) {
  Finding finding;
  finding.identity = {rule, "", "wg0", test::key(key), ""};
  finding.severity = rule_info(rule).severity;
  finding.principal = std::move(principal);
  finding.since = kNow;
  finding.detail = std::move(detail);
  return finding;
}

// Three peers of which one is known, on an interface with a hostile name; a userspace one beside.
View example() {
  Record alice = test::record("alice", "alice");
  alice.device = "alice-mbp";
  alice.kind = Kind::device;
  auto inventory = std::make_shared<Inventory>();
  inventory->path = "/etc/wgaudit/inventory.json";
  inventory->sha256 = std::string(64, 'a');
  inventory->records = {alice, test::record("eve", "eve \"the\x1b[31m\" \xff")};
  inventory->records[1].status = Status::revoked;
  inventory->records[1].owner = "it@example.org";
  inventory->records[1].exceptions = {
      {"revoked_key", "vendor | appliance", test::wall("2027-01-31T00:00:00Z")}};
  inventory->build_index();

  View view;
  view.taken.wall = kNow;
  view.gateway = "gw1";
  view.inventory = inventory;
  view.inventory_health.configured = true;
  view.rule_settings = std::make_shared<const RuleSettings>();
  auto wg0 = std::make_shared<Device>(
      test::device("wg0", {{.name = "alice",
                            .allowed_ips = {"10.0.0.2/32", "fd00::2/128"},
                            .last_handshake = kNow - std::chrono::seconds{95},
                            .endpoint = "192.0.2.1:1234",
                            .received_bytes = 1'500'000,
                            .sent_bytes = 12,
                            .preshared_key = true,
                            .keepalive = 25},
                           {.name = "eve", .endpoint = "[fe80::1%3]:99"},
                           {.name = "mallory"}}));
  auto other = std::make_shared<Device>(test::device("w\"g\\\xff", {}, {}, "blue"));
  other->implementation = Implementation::userspace;
  other->link.reset();
  other->public_key.reset();
  JudgedDevice judged{wg0, {}, true};
  for (const Peer& peer : wg0->peers) {
    judged.peers.push_back({inventory->find(peer.public_key), kNow, peer.has_handshake(), 1, 0});
  }
  view.devices = {judged, {other, {}, true}};
  view.findings = {finding(RuleId::unknown_key, "mallory", "unknown:x", "not in the inventory"),
                   finding(RuleId::revoked_key, "eve", inventory->records[1].principal,
                           "revoked, still configured"),
                   finding(RuleId::expired_key, "alice", "alice", "expired")};
  view.findings[1].accepted = true;
  return view;
}

// Everything that a report of one gateway is made from.
struct Example {
  View view = example();
  ReportInput input{{{&view, true, {"collector uapi: \"\x1b\" failed"}}}, {}, {}, std::nullopt};
  ReportModel model(const ReportOptions& options = {}) const { return make_report(input, options); }
};

struct FormatCase {
  std::string_view format, file;
};
constexpr FormatCase kFormatCases[] = {{"text", "report.txt"},
                                       {"json", "report.json"},
                                       {"markdown", "report.md"},
                                       {"html", "report.html"}};

std::string render(std::string_view format, const ReportModel& model) {
  for (const ReportFormat& known : report_formats()) {
    if (known.name == format) return known.render(model);
  }
  ADD_FAILURE() << format;
  return "";
}

TEST(Report, EveryFormIsPinned) {
  const Example example;
  EXPECT_EQ(report_formats().size(), std::size(kFormatCases));
  for (const auto& [format, file] : kFormatCases) {
    const std::string text = render(format, example.model());
    EXPECT_TRUE(test::matches_golden("codec/golden/" + std::string(file), text)) << format;
    EXPECT_EQ(text, render(format, Example().model())) << "not the same bytes again";
  }
}

TEST(Report, WithTheDaemonsMemoryItKnowsSinceWhen) {
  Example example;
  example.view.findings[0].since = kNow - std::chrono::hours{50};
  example.input.memory = {"/var/lib/wgaudit", kNow - std::chrono::seconds{5}};
  EXPECT_TRUE(test::matches_golden("codec/golden/report-memory.txt", report_text(example.model())));
  example.input.memory.reset();
  EXPECT_EQ(report_text(example.model()).find("since  "), std::string::npos);
}

TEST(Report, OfOnePrincipal) {
  const Example example;
  const ReportModel model = example.model({.rules = {}, .principal = "alice"});
  EXPECT_TRUE(test::matches_golden("codec/golden/report-alice.txt", report_text(model)));
  ASSERT_EQ(model.open.size(), 1U);
  EXPECT_TRUE(model.accepted.empty());
  ASSERT_FALSE(model.in_order.empty());
  EXPECT_EQ(model.in_order[0].looked_at, 1U);
}

TEST(Report, OfSomeRules) {
  const ReportModel model = Example().model({{RuleId::revoked_key, RuleId::disabled_key}, ""});
  EXPECT_TRUE(model.open.empty());
  ASSERT_EQ(model.accepted.size(), 1U);
  EXPECT_EQ(model.accepted[0]->rule->id, RuleId::revoked_key);
  ASSERT_EQ(model.in_order.size(), 1U);
  EXPECT_EQ(model.in_order[0].rule->id, RuleId::disabled_key);
  EXPECT_TRUE(model.not_checked.empty());
}

TEST(Report, TheWorstFirstAndAcceptedApart) {
  const Example example;
  const ReportModel model = example.model();
  ASSERT_EQ(model.open.size(), 2U);
  EXPECT_EQ(model.open[0]->rule->id, RuleId::unknown_key);
  EXPECT_EQ(model.open[1]->rule->id, RuleId::expired_key);
  ASSERT_EQ(model.accepted.size(), 1U);
  ASSERT_NE(model.accepted[0]->exception, nullptr);
  EXPECT_EQ(model.accepted[0]->exception->reason, "vendor | appliance");
}

TEST(Report, AnExceptionThatIsGoneIsSaid) {
  Example example;
  example.view.findings[1].identity.rule = RuleId::disabled_key;
  const std::string text = report_text(example.model());
  EXPECT_NE(text.find("until       not known: it is no longer in the inventory"), std::string::npos)
      << text;
}

// By rule: how many it looked at.
std::map<std::string, std::size_t> in_order(const ReportModel& model) {
  std::map<std::string, std::size_t> rules;
  for (const InOrder& rule : model.in_order) rules[std::string(rule.rule->name)] = rule.looked_at;
  return rules;
}
// By rule: why, and where if not everywhere.
std::map<std::string, std::string> not_checked(const ReportModel& model) {
  std::map<std::string, std::string> rules;
  for (const NotChecked& list : model.not_checked) {
    std::string why = list.why;
    for (const auto gateway : list.gateways) why += " " + std::string(gateway);
    for (const RuleInfo* rule : list.rules) {
      std::string& text = rules[std::string(rule->name)];
      text += (text.empty() ? "" : "; ") + why;
    }
  }
  return rules;
}

TEST(Report, EveryRuleIsFoundInOrderOrNotChecked) {
  Example example;
  const ReportModel model = example.model();
  std::set<std::string_view> seen;
  for (const auto* found : model.open) seen.insert(found->rule->name);
  for (const auto* found : model.accepted) seen.insert(found->rule->name);
  EXPECT_EQ(seen.size() + model.in_order.size() + not_checked(model).size(), rules().size());
  EXPECT_EQ(in_order(model)["disabled_key"], 3U);
  EXPECT_EQ(in_order(model)["no_inventory"], 1U);
}

TEST(Report, WhatWasNotCheckedIsNeverFine) {
  Example example;
  const auto why = not_checked(example.model());
  EXPECT_EQ(why.at("missing_peer"), "the inventory has no entry for this gateway");
  EXPECT_EQ(why.at("collector_failing"), "needs more than one poll: run wgaudit serve");
  EXPECT_EQ(why.at("forwarding_open"),
            "off by default: rules.forwarding_open.enabled in the configuration switches it on");
  example.view.inventory_health.configured = false;
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[RuleId::no_inventory].enabled = false;
  example.view.rule_settings = settings;
  example.view.findings.clear();
  const ReportModel without = example.model();
  EXPECT_EQ(not_checked(without).at("unknown_key"), "needs an inventory, none is configured");
  EXPECT_EQ(not_checked(without).at("no_inventory"), "switched off in the configuration");
  EXPECT_FALSE(in_order(without).contains("unknown_key"));
}

TEST(Report, ARuleThatIsOnForOneRoleIsChecked) {
  Example example;
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[RuleId::disabled_key] = {false, std::nullopt, {{"laptop", true, std::nullopt}}};
  example.view.rule_settings = settings;
  EXPECT_TRUE(in_order(example.model()).contains("disabled_key"));
}

TEST(Report, OfAGatewayThatWasNotReadNothingIsInOrder) {
  Example example;
  example.view.devices.clear();
  example.view.findings.clear();
  example.input.gateways[0].read = false;
  const ReportModel model = example.model();
  EXPECT_EQ(in_order(model), (std::map<std::string, std::size_t>{{"no_inventory", 1}}));
  EXPECT_EQ(not_checked(model).at("unknown_key"), "nothing of this gateway could be read");
}

TEST(Report, MemoryMakesRulesJudgeable) {
  Example example;
  example.input.memory = {"/s", std::nullopt};
  EXPECT_TRUE(in_order(example.model()).contains("collector_failing"));
  EXPECT_FALSE(not_checked(example.model()).contains("collector_failing"));
}

// Two gateways that were read and one that was not, with a key at both.
struct Fleet {
  View gw1 = example(), gw2 = gw1, gw3 = gw1;
  ReportInput input;
  Fleet() {
    gw2.gateway = "gw2";
    gw3.gateway = "gw|3";
    gw2.findings.erase(gw2.findings.begin());
    gw2.inventory_health.gateway_known = true;
    gw3.devices.clear();
    gw3.findings.clear();
    Finding twice = finding(RuleId::duplicate_key, "alice", "alice", "the key is at two");
    twice.identity.interface.clear();
    input.gateways = {{&gw1, true, {}}, {&gw2, true, {}}, {&gw3, false, {"cannot read it"}}};
    input.across = {{twice, {{"gw1", "", "wg0"}, {"gw2", "", "wg0"}}}};
    input.problems = {"inventory: /peers/3: no principal"};
  }
};

TEST(Report, ManyGatewaysArePinned) {
  const Fleet fleet;
  for (const auto& [format, file] : kFormatCases) {
    EXPECT_TRUE(test::matches_golden("codec/golden/fleet-" + std::string(file),
                                     render(format, make_report(fleet.input, {}))));
  }
}

TEST(Report, ManyGatewaysAreOneListOfRules) {
  const Fleet fleet;
  const ReportModel model = make_report(fleet.input, {});
  EXPECT_EQ(in_order(model)["disabled_key"], 6U);
  EXPECT_FALSE(in_order(model).contains("duplicate_key"));
  EXPECT_FALSE(in_order(model).contains("unknown_key")) << "found at gw1";
  const auto why = not_checked(model);
  EXPECT_EQ(why.at("unknown_key"), "nothing of this gateway could be read gw|3");
  EXPECT_EQ(why.at("missing_peer"),
            "nothing of this gateway could be read gw|3; "
            "the inventory has no entry for this gateway gw1");
  ASSERT_EQ(model.open.size(), 4U);
  EXPECT_EQ(model.open.back()->gateway, "");
  EXPECT_EQ(model.all_problems, (std::vector<std::string>{"gw|3: cannot read it",
                                                          "inventory: /peers/3: no principal"}));
  EXPECT_TRUE(
      make_report(fleet.input, {.rules = {RuleId::no_inventory}, .principal = ""}).open.empty());
}

TEST(Report, ExpectedRecordsAreCounted) {
  Record here = test::record("a", "a"), twice = test::record("b", "b");
  here.at = {{"gw1", "", "wg0"}};
  twice.at = {{"gw1", "", "wg0"}, {"gw1", "", "wg1"}, {"gw2", "", "*"}};
  Record expired = here, wild = here;
  expired.public_key = test::key("c");
  expired.expires_at = kNow;
  wild.public_key = test::key("d");
  wild.at = {{"gw1", "", "*"}};
  Example example;
  example.view.inventory = test::inventory({here, twice, expired, wild});
  example.view.inventory_health.gateway_known = true;
  for (JudgedDevice& judged : example.view.devices) {
    for (std::size_t i = 0; i < judged.peers.size(); ++i) {
      judged.peers[i].record = example.view.inventory->find(judged.device->peers[i].public_key);
    }
  }
  EXPECT_EQ(in_order(example.model())["missing_peer"], 2U);
  EXPECT_EQ(in_order(example.model({{}, "b"}))["missing_peer"], 1U);
}

TEST(Report, ThePageOfRulesIsThatOfTheTable) {
  EXPECT_TRUE(test::matches_golden("../audit/RULES.md", rules_page()));
}

TEST(Report, WhatForwardingCannotBeJudged) {
  Example example;
  View& view = example.view;
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[RuleId::forwarding_open].enabled = true;
  view.rule_settings = settings;
  view.devices.erase(view.devices.begin() + 1, view.devices.end());
  Device device = *view.devices.at(0).device;
  const auto judged = [&](Forwarding forwarding) {
    device.forwarding = forwarding;
    view.devices.at(0).device = std::make_shared<const Device>(device);
    return example.model({{RuleId::forwarding_open}, ""});
  };
  const ReportModel open = judged({ForwardingState::open, ForwardingState::off});
  EXPECT_TRUE(not_checked(open).empty());
  EXPECT_TRUE(in_order(open).contains("forwarding_open"));
  device.netns = "blue";
  const ReportModel legacy = judged({ForwardingState::legacy_iptables, ForwardingState::off});
  EXPECT_EQ(not_checked(legacy).at("forwarding_open"),
            "blue/wg0, ipv4: legacy iptables is loaded, and what it drops cannot be seen");
  EXPECT_FALSE(in_order(legacy).contains("forwarding_open"));
  device.netns.clear();
  device.name = "w\x1bg";
  EXPECT_EQ(not_checked(judged({ForwardingState::unreadable, ForwardingState::unreadable}))
                .at("forwarding_open"),
            "w\\x1bg, ipv4, ipv6: the nftables rule set or the forwarding setting cannot be read");
  settings = std::make_shared<RuleSettings>();
  (*settings)[RuleId::forwarding_open].enabled = false;
  view.rule_settings = settings;
  EXPECT_EQ(not_checked(example.model({{RuleId::forwarding_open}, ""})).at("forwarding_open"),
            "switched off in the configuration");
}

TEST(JsonWriter, EscapesAndNests) {
  JsonWriter out;
  out.begin_object();
  out.text("a\"\\\n\x01\xff", "\t\r\xc3\xa9\x7f\xc2\x9b\xc2\xa0");
  out.key("empty");
  out.begin_array();
  out.end_array();
  out.key("list");
  out.begin_array(JsonWriter::Layout::inline_);
  out.number(0);
  out.number(18446744073709551615ULL);
  out.boolean(false);
  out.null();
  out.end_array();
  out.end_object();
  EXPECT_EQ(out.take(),
            "{\n  \"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\": \"\\t\\r\xc3\xa9\\u007f\\u009b\xc2\xa0\",\n "
            " \"empty\": [],\n"
            "  \"list\": [0, 18446744073709551615, false, null]\n}\n");
}

}  // namespace
}  // namespace wgaudit
