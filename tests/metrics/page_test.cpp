#include "exporter/metrics/page.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <thread>

#include "exporter/metrics/metric_table.hpp"
#include "exporter/version/version.hpp"
#include "tests/metrics/fleet.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

constexpr MetricsOptions kPlain{.exporter_metrics = false};

std::string render(const View& view, const MetricsOptions& options = kPlain,
                   const DeliveryHealth* delivery = nullptr) {
  return MetricsPage(options).render(view, kNow, delivery);
}

// The revision is that of the day: goldens have a word in its place.
std::string without_revision(std::string page) {
  for (const std::string_view part : {kRevision, kVersion}) {
    const std::string quoted = '"' + std::string(part) + '"';
    if (const auto at = page.find(quoted); at != std::string::npos) {
      page.replace(at, quoted.size(), "\"?\"");
    }
  }
  return page;
}

// A page counts itself: the counter is of another format than the page it is compared with.
std::string without_renderings(std::string page) {
  const std::string_view counter = "wgaudit_exposition_renderings_total{format=\"";
  for (const std::string_view form : {"openmetrics", "text"}) {
    const std::size_t at = page.find(std::string(counter) + std::string(form) + "\"} ");
    if (at != std::string::npos) page[page.find("} ", at) + 2] = '0';
  }
  return page;
}

std::vector<std::string> lines_with(const std::string& page, std::string_view start) {
  std::vector<std::string> found;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(start)) found.push_back(line);
  }
  return found;
}

std::string render_openmetrics(const View& view, const MetricsOptions& options = kPlain,
                               const DeliveryHealth* delivery = nullptr) {
  return MetricsPage(options).render(view, kNow, delivery, {.form = PageForm::openmetrics});
}

TEST(Page, IsTheGolden) {
  EXPECT_TRUE(matches_golden("metrics/golden/fleet.prom", without_revision(render(fleet()))));
  const MetricsOptions details{.peer_details = true, .exporter_metrics = false};
  EXPECT_TRUE(
      matches_golden("metrics/golden/details.prom", without_revision(render(fleet(), details))));
}

// The same series: tests/metrics/check_openmetrics.py compares them, and asks the strict parser.
TEST(Page, IsTheGoldenInOpenMetrics) {
  const DeliveryHealth health = delivery();
  EXPECT_TRUE(
      matches_golden("metrics/golden/fleet.om", without_revision(render_openmetrics(fleet()))));
  EXPECT_TRUE(matches_golden(
      "metrics/golden/delivery.om",
      without_renderings(without_revision(render_openmetrics(empty_view(), kPlain, &health)))));
}

TEST(Page, OptInSeriesAreTheGolden) {
  const MetricsOptions options{.endpoints = true,
                               .allowed_ips = true,
                               .exporter_metrics = false,
                               .identity_labels = *parse_identity_labels("role,principal")};
  const View view = fleet();
  EXPECT_TRUE(
      matches_golden("metrics/golden/opt-in.prom", without_revision(render(view, options))));
  EXPECT_TRUE(matches_golden("metrics/golden/opt-in.om",
                             without_revision(render_openmetrics(view, options))));
}

TEST(Page, EndpointsAreHiddenWhereThatIsAskedFor) {
  const auto endpoints = [](AddressPrivacy address) {
    const MetricsOptions options{.endpoints = true, .privacy = {.address = address}};
    std::string shown;
    for (const std::string& line :
         lines_with(render(fleet(), options), "wireguard_peer_endpoint_info{")) {
      shown += line.substr(line.find("endpoint_ip="));
    }
    return shown;
  };
  EXPECT_EQ(endpoints(AddressPrivacy::full), "endpoint_ip=\"198.51.100.7\"} 1");
  EXPECT_EQ(endpoints(AddressPrivacy::prefix), "endpoint_ip=\"198.51.100.0\"} 1");
  EXPECT_EQ(endpoints(AddressPrivacy::none), "");
}

TEST(Page, SaysOfAPersonWhatIsAskedFor) {
  const auto labels = [](std::string_view asked) {
    const MetricsOptions options{.identity_labels = *parse_identity_labels(asked)};
    const std::string line = lines_with(render(fleet(), options), "wireguard_peer_info{").at(1);
    return line.substr(line.find("=\"u9Rb"));
  };
  const std::string key = "=\"u9RbWpT1u4tGYbAjYT76hA0PVg9WIk//cmNJrSRE5/o=\"";
  EXPECT_EQ(labels("none"), key + "} 1");
  EXPECT_EQ(labels("status,principal"), key + R"(,principal="alice",status="active"} 1)");
  EXPECT_EQ(labels("principal_device"), key + R"(,principal_device="alice-mbp"} 1)");
  EXPECT_EQ(labels("principal_kind,role"), key + R"(,principal_kind="user",role="laptop"} 1)");
  for (const auto* wrong : {"", "principal,", "name", "none,role", "principal, role", "Role"}) {
    EXPECT_FALSE(parse_identity_labels(wrong)) << wrong;
  }
}

// Each group is on its page and on no other; together they are the whole.
TEST(Page, GroupsMakeUpTheWhole) {
  const DeliveryHealth health = delivery();
  const MetricsOptions all{
      .peer_details = true, .endpoints = true, .allowed_ips = true, .exporter_metrics = false};
  MetricsPage page(all);
  const auto names = [&](MetricGroups groups) {
    std::vector<std::string> found;
    for (const std::string& line :
         lines_with(page.render(fleet(), kNow, &health, {.groups = groups}), "# TYPE ")) {
      found.push_back(line);
    }
    std::ranges::sort(found);
    return found;
  };
  std::vector<std::string> together;
  for (const auto* name :
       {"interfaces", "peers", "findings", "collectors", "inventory", "events", "exporter"}) {
    const auto request = parse_scrape_request("/m?collect[]=" + std::string(name), "", "");
    ASSERT_TRUE(request);
    const auto some = names(request->groups);
    EXPECT_FALSE(some.empty()) << name;
    together.insert(together.end(), some.begin(), some.end());
    const auto others = parse_scrape_request("/m?exclude[]=" + std::string(name), "", "");
    auto rest = names(others->groups);
    rest.insert(rest.end(), some.begin(), some.end());
    std::ranges::sort(rest);
    EXPECT_EQ(rest, names(kAllMetricGroups)) << name;
  }
  std::ranges::sort(together);
  EXPECT_EQ(together, names(kAllMetricGroups));
}

TEST(Page, NamesAreHiddenWhereThatIsAskedFor) {
  const std::vector<std::string> whole = lines_with(render(fleet()), "wireguard_peer_info{");
  const auto hidden = [&](IdentityPrivacy identity) {
    const MetricsOptions options{.exporter_metrics = false, .privacy = {.identity = identity}};
    return lines_with(render(fleet(), options), "wireguard_peer_info{");
  };
  const auto has = [](const std::vector<std::string>& lines, std::string_view part) {
    return std::ranges::any_of(lines, [&](const auto& line) { return line.contains(part); });
  };
  ASSERT_TRUE(has(whole, "principal=\"alice\""));
  const auto hash = hidden(IdentityPrivacy::hash), none = hidden(IdentityPrivacy::none);
  EXPECT_EQ(hash.size(), whole.size());
  EXPECT_EQ(none.size(), whole.size());
  EXPECT_FALSE(has(hash, "alice"));
  EXPECT_TRUE(has(hash, "principal=\"hash:4233a242388daf4c\""));
  EXPECT_FALSE(has(none, "alice"));
  EXPECT_FALSE(has(none, "hash:"));
  EXPECT_EQ(has(none, "principal=\"unknown:"), has(whole, "principal=\"unknown:"));
}

TEST(Page, OfADaemonIsTheGolden) {
  const DeliveryHealth health = delivery();
  EXPECT_TRUE(
      matches_golden("metrics/golden/delivery.prom",
                     without_renderings(without_revision(render(empty_view(), kPlain, &health)))));
}

TEST(Page, WithoutAnythingShowsOnlyWhatNeverDisappears) {
  EXPECT_TRUE(matches_golden("metrics/golden/empty.prom", without_revision(render(empty_view()))));
}

TEST(Page, EveryFamilyIsContiguousAnnouncedOnceAndInTheTable) {
  std::set<std::string> announced, samples;
  std::string current;
  const DeliveryHealth health = delivery();
  std::istringstream lines(
      render(fleet(), {.peer_details = true, .endpoints = true, .allowed_ips = true}, &health));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      current = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(announced.insert(current).second) << current << " twice";
      EXPECT_TRUE(std::ranges::any_of(metrics(), [&](const auto& m) { return m.name == current; }));
    } else if (!line.starts_with('#')) {
      EXPECT_EQ(line.substr(0, line.find_first_of("{ ")), current);
      EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line << " twice";
    }
  }
  EXPECT_EQ(announced.size(), kMetrics - 2) << "all but findings_truncated and peers_over_limit";
}

TEST(Page, ADeviceOlderThan30SecondsLeavesItsFindingsStay) {
  View view = fleet();
  const std::string page = MetricsPage(kPlain).render(view, kNow + std::chrono::minutes{1});
  EXPECT_TRUE(lines_with(page, "wireguard_").empty());
  EXPECT_EQ(lines_with(page, "wgaudit_finding{").size(), 4U);
  EXPECT_EQ(lines_with(page, "wgaudit_collector_success{").size(), 3U);
}

TEST(Page, OverTheLimitOnlyAggregatesRemain) {
  const View view = crowd(11);
  const std::string at = render(view, {.exporter_metrics = false, .peer_limit = 11});
  EXPECT_EQ(lines_with(at, "wireguard_peer_info{").size(), 11U);
  EXPECT_TRUE(lines_with(at, "wgaudit_interface_peers_over_limit").empty());
  const std::string over = render(view, {.exporter_metrics = false, .peer_limit = 10});
  EXPECT_TRUE(lines_with(over, "wireguard_peer_").empty());
  EXPECT_EQ(lines_with(over, "wireguard_interface_peers{"),
            std::vector<std::string>{R"(wireguard_interface_peers{netns="",interface="wg0"} 11)"});
  EXPECT_EQ(lines_with(over, "wgaudit_interface_peers_over_limit{"),
            std::vector<std::string>{
                R"(wgaudit_interface_peers_over_limit{netns="",interface="wg0"} 1)"});
}

TEST(Page, AThousandFindingsOfARuleTheMostSevereFirst) {
  View view = empty_view();
  for (std::size_t i = 0; i < 1200; ++i) {
    Finding finding;
    finding.identity = {RuleId::unknown_key, "", "wg0", key(std::to_string(i)), ""};
    finding.severity = i < 1199 ? Severity::low : Severity::critical;
    view.findings.push_back(finding);
  }
  const std::string page = render(view);
  EXPECT_EQ(lines_with(page, "wgaudit_finding{").size(), 1000U);
  EXPECT_EQ(lines_with(page, R"(wgaudit_finding{rule="unknown_key",severity="critical")").size(),
            1U);
  EXPECT_EQ(lines_with(page, "wgaudit_findings_truncated{"),
            std::vector<std::string>{R"(wgaudit_findings_truncated{rule="unknown_key"} 200)"});
  EXPECT_EQ(lines_with(page, R"(wgaudit_open_findings{rule="unknown_key")"),
            (std::vector<std::string>{
                R"(wgaudit_open_findings{rule="unknown_key",severity="critical"} 1)",
                R"(wgaudit_open_findings{rule="unknown_key",severity="low"} 1199)"}));
}

TEST(Page, ADisabledRuleAndARegradedOne) {
  View view = empty_view();
  auto settings = std::make_shared<RuleSettings>();
  (*settings)[RuleId::revoked_key].enabled = false;
  (*settings)[RuleId::disabled_key].severity = Severity::info;
  (*settings)[RuleId::expired_key].enabled = false;
  (*settings)[RuleId::expired_key].roles = {{"service", true, Severity::critical}};
  view.rule_settings = settings;
  const std::string page = render(view);
  EXPECT_TRUE(lines_with(page, R"(wgaudit_open_findings{rule="revoked_key")").empty());
  EXPECT_EQ(lines_with(page, R"(wgaudit_findings_opened_total{rule="disabled_key")"),
            std::vector<std::string>{
                R"(wgaudit_findings_opened_total{rule="disabled_key",severity="info"} 0)"});
  EXPECT_EQ(lines_with(page, R"(wgaudit_open_findings{rule="expired_key")"),
            std::vector<std::string>{
                R"(wgaudit_open_findings{rule="expired_key",severity="critical"} 0)"});
}

TEST(Page, CountersNeverFallWhateverViewComes) {
  MetricsPage page(kPlain);
  View late = fleet();
  late.poll = 9;
  late.sources.erase(late.sources.begin() + 1);  // the namespace went
  const std::string first = page.render(fleet(), kNow);
  const std::string second = page.render(late, kNow);
  const std::string third = page.render(fleet(), kNow);  // a slow scrape, with the View before
  for (const auto start : {"wgaudit_collector_retries_total", "wgaudit_findings_opened_total"}) {
    EXPECT_EQ(lines_with(first, start), lines_with(second, start));
    EXPECT_EQ(lines_with(first, start), lines_with(third, start));
  }
  EXPECT_EQ(lines_with(first, R"(wgaudit_collector_retries_total{collector="netlink",reason="i)"),
            (std::vector<std::string>{
                R"(wgaudit_collector_retries_total{collector="netlink",reason="inconsistent"} 0)",
                R"(wgaudit_collector_retries_total{collector="netlink",reason="interrupted"} 6)"}));
}

std::string value_of(const std::string& page, const std::string& series) {
  const auto lines = lines_with(page, series + " ");
  return lines.size() == 1 ? lines.front().substr(series.size() + 1) : std::to_string(lines.size());
}

TEST(Page, ChainHeadPartsAreExactAndAbsentWithoutALine) {
  DeliveryHealth health;
  EXPECT_TRUE(
      lines_with(render(empty_view(), kPlain, &health), "wgaudit_event_chain_head").empty());
  for (const std::uint64_t part :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xffff'ffff'ffff},
        std::uint64_t{0x8000'0000'0001}, std::uint64_t{0x5555'5555'5555}}) {
    const std::uint64_t other = 0xffff'ffff'ffff - part;
    health.chain_head = {part, other};
    const std::string page = render(empty_view(), kPlain, &health);
    const auto read = [&](const std::string& series) {
      return static_cast<std::uint64_t>(std::stod(value_of(page, series)));
    };
    EXPECT_EQ(read(R"(wgaudit_event_chain_head{part="0"})"), part);
    EXPECT_EQ(read(R"(wgaudit_event_chain_head{part="1"})"), other);
  }
}

TEST(Page, OldestPendingEventGoesWhenTheSinkHasEverything) {
  MetricsPage page(kPlain);
  DeliveryHealth health = delivery();
  const std::string_view start = "wgaudit_sink_oldest_pending_event_timestamp_seconds";
  EXPECT_EQ(
      lines_with(page.render(empty_view(), kNow, &health), start),
      std::vector<std::string>{std::string(start) + R"({sink="std\"out"} 1795386600.000000001)"});
  health.sinks.back().oldest_pending.reset();
  health.sinks.back().pending_events = 0;
  const std::string drained = page.render(empty_view(), kNow, &health);
  EXPECT_TRUE(lines_with(drained, start).empty());
  EXPECT_EQ(value_of(drained, R"(wgaudit_sink_pending_events{sink="std\"out"})"), "0");
}

TEST(Page, EveryActionOfTheOutboxIsCountedFromTheStart) {
  const DeliveryHealth health;
  const std::string page = render(empty_view(), kPlain, &health);
  for (const ActionInfo& action : actions()) {
    const bool stored = !is_of_files(action.action);
    EXPECT_EQ(
        lines_with(page, "wgaudit_events_total{action=\"" + std::string(action.name) + "\"} 0")
            .size(),
        stored ? 1U : 0U)
        << action.name;
  }
}

// A counter that showed 0 until the database can be opened would seem to rise by all that was lost
// in earlier runs.
TEST(Page, WhatTheDatabaseHoldsIsAbsentUntilItWasOpen) {
  MetricsPage page(kPlain);
  DeliveryHealth health;
  const std::string before = page.render(empty_view(), kNow, &health);
  EXPECT_EQ(value_of(before, "wgaudit_state_up"), "0");
  for (const auto absent : {"wgaudit_events_lost_total", "wgaudit_event_sequence",
                            "wgaudit_state_last_commit_timestamp_seconds"}) {
    EXPECT_TRUE(lines_with(before, absent).empty()) << absent;
  }
  health = delivery();
  EXPECT_EQ(value_of(page.render(empty_view(), kNow, &health), "wgaudit_events_lost_total"), "7");
}

TEST(Page, CountersOfDeliveryNeverFall) {
  MetricsPage page(kPlain);
  const DeliveryHealth late = delivery();
  DeliveryHealth early = late;  // of a slow scrape
  early.events_lost_total = 5;
  early.events_total[static_cast<std::size_t>(Action::peer_added)] = 3;
  early.sinks.front().delivered_events_total = 4;
  early.sinks.back().failures_total = 2;
  const std::string first = page.render(empty_view(), kNow, &late);
  const std::string second = page.render(empty_view(), kNow, &early);
  for (const auto start : {"wgaudit_events_lost_total", "wgaudit_events_total",
                           "wgaudit_sink_delivered_events_total", "wgaudit_sink_failures_total"}) {
    EXPECT_FALSE(lines_with(first, start).empty()) << start;
    EXPECT_EQ(lines_with(first, start), lines_with(second, start));
  }
}

TEST(Page, ASinkThatIsGoneIsGone) {
  MetricsPage page(kPlain);
  DeliveryHealth health = delivery();
  const std::string gone = "sink=\"" + health.sinks.front().name + '"';
  EXPECT_NE(page.render(empty_view(), kNow, &health).find(gone), std::string::npos);
  health.sinks.erase(health.sinks.begin());
  const std::string left = page.render(empty_view(), kNow, &health);
  EXPECT_EQ(left.find(gone), std::string::npos);
  health = delivery();
  EXPECT_NE(page.render(empty_view(), kNow, &health).find(gone), std::string::npos);
}

TEST(Page, ProcessMetricsAreThereUnlessSwitchedOff) {
  const std::string with = render(empty_view(), {});
  for (const MetricInfo& metric : metrics()) {
    if (!metric.name.starts_with("process_")) continue;
    EXPECT_EQ(lines_with(with, std::string(metric.name) + " ").size(), 1U) << metric.name;
  }
  EXPECT_EQ(render(empty_view()).find("process_"), std::string::npos);
}

TEST(Page, IsRenderedByManyThreadsAtOnce) {
  MetricsPage page({});
  std::vector<std::jthread> threads;
  for (std::uint64_t i = 0; i < 8; ++i) {
    threads.emplace_back([&page, i] {
      View view = crowd(50);
      for (view.poll = i; view.poll < i + 20; ++view.poll) {
        EXPECT_EQ(lines_with(page.render(view, kNow), "wireguard_peer_info{").size(), 50U);
      }
    });
  }
}

}  // namespace
}  // namespace wgaudit::test
