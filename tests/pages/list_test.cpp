// Which peers and findings a request gets, in which order, page after page.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "exporter/pages/finding_list.hpp"
#include "exporter/pages/parameters.hpp"
#include "exporter/pages/peer_list.hpp"
#include "tests/pages/example.hpp"

namespace wgaudit::test {
namespace {

using Names = std::vector<std::string>;

Names peers(const View& view, std::string_view target) {
  const Query query = Query::of_target(target);
  PeerList list = list_peers(view, *peer_filter_of(query));
  Names names;
  for (const ListedPeer& row : first_peers(list.rows, *peer_order_of(query), 1000, std::nullopt)) {
    names.push_back(row.principal.substr(0, 8));
  }
  return names;
}

TEST(Peers, AreThoseThatAreAskedFor) {
  const Example gateway = example();
  const std::string alice = "alice", eve = "<img src", mallory = "unknown:", lengthy(8, 'x'),
                    rtl = std::string(kRightToLeft).substr(0, 8);
  const struct {
    std::string target;
    Names want;
  } cases[] = {
      {"/", {eve, alice, mallory, lengthy, rtl}},
      {"/?session=up", {alice}},
      {"/?session=down", {eve}},
      {"/?session=never", {mallory, lengthy, rtl}},
      {"/?status=revoked", {eve}},
      {"/?status=unknown", {mallory}},
      {"/?status=active", {alice, lengthy, rtl}},
      {"/?role=laptop", {alice}},
      {"/?role=lap", {}},
      {"/?principal=alice", {alice}},
      {"/?finding=any", {eve, alice, mallory}},
      {"/?finding=none", {lengthy, rtl}},
      {"/?finding=critical", {eve, mallory}},
      {"/?finding=high", {eve, alice, mallory}},
      {"/?finding=unknown_key", {mallory}},
      {"/?finding=dormant_key", {}},  // accepted
      {"/?interface=wg0", {eve, alice, mallory, lengthy, rtl}},
      {"/?interface=blue:wg0", {}},
      {"/?q=ALICE", {alice}},
      {"/?q=%20mbp%20", {alice}},
      {"/?q=it@EXAMPLE", {alice}},
      {"/?q=laptop", {alice}},
      {"/?q=10.1.2.77", {alice}},  // inside of a prefix
      {"/?q=10.1.2.0/25", {alice}},
      {"/?q=2001:db8::9", {eve}},
      {"/?q=" + short_form(key("mallory")).substr(0, 7), {mallory}},
      {"/?q=nobody", {}},
      {"/?sort=-received_bytes&session=up", {alice}},
      {"/?sort=-last_handshake&finding=any", {alice, eve, mallory}},
      {"/?sort=last_handshake&finding=high", {mallory, eve, alice}},
      {"/?sort=-principal&finding=any", {mallory, alice, eve}},
      {"/?sort=status&finding=any", {alice, eve, mallory}},
  };
  for (const auto& [target, want] : cases) {
    EXPECT_EQ(peers(*gateway.view, target), want) << target;
  }
}

TEST(Peers, CountTheirFindingsTheWorstFirst) {
  const Example gateway = example();
  PeerList list = list_peers(*gateway.view, {});
  EXPECT_EQ(list.all, 5U);
  const auto eve = std::ranges::find(list.rows, kHostile, &ListedPeer::principal);
  ASSERT_NE(eve, list.rows.end());
  EXPECT_EQ(eve->open_findings, 1U);
  EXPECT_EQ(eve->worst, Severity::critical);
  ASSERT_EQ(list.findings_of(*eve).size(), 2U);
  EXPECT_EQ(list.findings_of(*eve)[0]->identity.rule, RuleId::revoked_key);
  EXPECT_TRUE(list.findings_of(*eve)[1]->accepted);
}

// Page after page in every order gives every peer once, in that order.
TEST(Peers, AreAllOnSomePageWhateverTheOrder) {
  const Example gateway = crowd(500);
  for (const auto* sort : {"principal", "status", "last_handshake", "received_bytes", "sent_bytes",
                           "findings", "-principal", "-status", "-findings", "-last_handshake"}) {
    const PeerOrder order = *peer_order_of(Query::of_target("/?sort=" + std::string(sort)));
    PeerList all = list_peers(*gateway.view, {});
    std::vector<Key> whole, paged;
    for (const ListedPeer& row : first_peers(all.rows, order, 1000, {})) {
      whole.push_back(row.peer->public_key);
    }
    std::optional<PeerPosition> position;
    do {
      PeerList list = list_peers(*gateway.view, {});
      const auto rows = first_peers(list.rows, order, 33, position);
      position.reset();
      for (const ListedPeer& row : rows) paged.push_back(row.peer->public_key);
      if (!rows.empty()) position = position_of(rows.back(), order);
    } while (position);
    EXPECT_EQ(whole.size(), 500U) << sort;
    EXPECT_EQ(paged, whole) << sort;
  }
}

TEST(Findings, AreTheWorstFirstAndPagedWhileTheyComeAndGo) {
  const Example gateway = example();
  auto findings = list_findings(*gateway.view, {.state = FindingState::all});
  ASSERT_EQ(findings.size(), 4U);
  Names names;
  for (const Finding* finding : findings) {
    names.emplace_back(rule_info(finding->identity.rule).name);
  }
  EXPECT_EQ(names, (Names{"unknown_key", "revoked_key", "allowed_ips_excess", "dormant_key"}));
  keep_behind(findings, {Severity::critical, findings[0]->identity});
  EXPECT_EQ(findings.size(), 3U);
  keep_behind(findings, {Severity::high, {RuleId::unknown_key, "", "", {}, ""}});
  EXPECT_EQ(findings.size(), 2U) << "of one that is gone";
  EXPECT_EQ(list_findings(*gateway.view, {.state = FindingState::accepted}).size(), 1U);
  EXPECT_EQ(list_findings(*gateway.view, {.text = "GRANTED"}).size(), 1U);
  EXPECT_EQ(list_findings(*gateway.view, {.severity = Severity::high}).size(), 1U);
  EXPECT_EQ(list_findings(*gateway.view, {.at_least = Severity::high}).size(), 3U);
  EXPECT_EQ(list_findings(*gateway.view, {.device = DeviceId("", "wg1")}).size(), 0U);
  EXPECT_EQ(list_findings(*gateway.view, {.key = key("alice")}).size(), 1U);
  const FindingTotals totals = count_findings(*gateway.view);
  const auto open = [&](Severity severity) {
    return totals.open[static_cast<std::size_t>(severity)];
  };
  EXPECT_EQ(std::accumulate(totals.open.begin(), totals.open.end(), std::size_t{0}), 3U);
  EXPECT_EQ(open(Severity::critical), 2U);
  EXPECT_EQ(open(Severity::high), 1U);
  EXPECT_EQ(totals.accepted, 1U);
}

}  // namespace
}  // namespace wgaudit::test
