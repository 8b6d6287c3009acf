#include "exporter/codec/report.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(Report, JsonIsPinned) {
  EXPECT_TRUE(test::matches_golden("codec/golden/report.json",
                                   report_json(example(), {}, {"collector uapi: \"x\" failed"})));
}

TEST(Report, TextIsPinned) {
  EXPECT_TRUE(test::matches_golden("codec/golden/report.txt",
                                   report_text(example(), {}, {"collector uapi: \x1b failed"})));
}

TEST(Report, OfOnePrincipal) {
  const ReportOptions options{.rules = {}, .principal = "alice"};
  EXPECT_TRUE(
      test::matches_golden("codec/golden/report-alice.txt", report_text(example(), options, {})));
  EXPECT_EQ(reported_findings(example(), options, false).size(), 1U);
}

TEST(Report, OfSomeRules) {
  const View view = example();
  const auto found = reported_findings(view, {{RuleId::revoked_key}, ""}, true);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]->identity.rule, RuleId::revoked_key);
  EXPECT_EQ(not_checked(view, {{RuleId::revoked_key}, ""}), std::vector<NotChecked>{});
}

TEST(Report, TheWorstFirstAndAcceptedLast) {
  const View view = example();
  std::vector<RuleId> order;
  for (const Finding* f : reported_findings(view, {}, true)) order.push_back(f->identity.rule);
  EXPECT_EQ(order, (std::vector{RuleId::unknown_key, RuleId::expired_key, RuleId::revoked_key}));
}

TEST(Report, WhatWasNotCheckedIsNeverFine) {
  View view = example();
  EXPECT_EQ(not_checked(view, {}),
            (std::vector<NotChecked>{
                {"never_connected", "needs more than one poll: run wgaudit serve"},
                {"missing_peer", "the inventory has no entry for this gateway"},
                {"shared_key", "needs more than one poll: run wgaudit serve"},
                {"traffic_anomaly", "switched off in the configuration"},
                {"gateway_key_mismatch", "the inventory has no entry for this gateway"},
                {"interface_down", "the inventory has no entry for this gateway"},
                {"collector_failing", "needs more than one poll: run wgaudit serve"},
                {"exposed_listener", "needs more than one poll: run wgaudit serve"}}));
  view.inventory_health = {};
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[RuleId::no_inventory].enabled = false;
  view.rule_settings = settings;
  const auto list = not_checked(view, {});
  EXPECT_EQ(list.size(), rules().size());
  EXPECT_EQ(list.front(), (NotChecked{"unknown_key", "needs an inventory, none is configured"}));
  EXPECT_EQ(list.size() - 5,
            std::size_t(std::ranges::count(list, list.front().why, &NotChecked::why)));
  EXPECT_EQ(list[list.size() - 2],
            (NotChecked{"no_inventory", "switched off in the configuration"}));
}

TEST(JsonWriter, EscapesAndNests) {
  JsonWriter out;
  out.begin_object();
  out.text("a\"\\\n\x01\xff", "\t\r\xc3\xa9");
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
            "{\n  \"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\": \"\\t\\r\xc3\xa9\",\n  \"empty\": [],\n"
            "  \"list\": [0, 18446744073709551615, false, null]\n}\n");
}

}  // namespace
}  // namespace wgaudit
