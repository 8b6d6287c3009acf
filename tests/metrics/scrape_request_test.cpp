#include "exporter/metrics/scrape_request.hpp"

#include <gtest/gtest.h>

namespace wgaudit::test {
namespace {

constexpr std::string_view kOpenMetrics = "application/openmetrics-text";

MetricGroups of(std::initializer_list<MetricGroup> groups) {
  MetricGroups set;
  for (const MetricGroup group : groups) set.set(static_cast<std::size_t>(group));
  return set;
}

ScrapeRequest asked(std::string_view target, std::string_view accept = "") {
  const auto request = parse_scrape_request(target, accept, "");
  EXPECT_TRUE(request) << target << ": " << request.error();
  return request.value_or(ScrapeRequest{});
}

TEST(ScrapeRequest, IsThatOfAllWithoutParameters) {
  for (const auto* target : {"/metrics", "/metrics?", "/metrics?x=y&z[]=1&collect[]="}) {
    EXPECT_TRUE(asked(target).is_usual()) << target;
    EXPECT_EQ(asked(target, kOpenMetrics).form, PageForm::openmetrics);
  }
  EXPECT_TRUE(parse_scrape_request("/metrics", "", "gzip")->gzip);
  EXPECT_FALSE(parse_scrape_request("/metrics", "", "")->gzip);
}

TEST(ScrapeRequest, FiltersGroupsAsNodeExporterDoes) {
  using enum MetricGroup;
  const MetricGroups of_peers = of({peers, peer_details, peer_endpoints, peer_allowed_ips});
  EXPECT_EQ(asked("/m?collect[]=peers").groups, of_peers);
  EXPECT_EQ(asked("/m?collect%5B%5D=peers&collect[]=exporter").groups, of_peers | of({exporter}));
  EXPECT_EQ(asked("/m?exclude[]=peers&exclude%5b%5d=findings").groups,
            ~(of_peers | of({findings})));
  EXPECT_FALSE(asked("/m?collect[]=peers").is_usual());
  EXPECT_FALSE(asked("/m?exclude[]=inventory", kOpenMetrics).is_usual());
  EXPECT_EQ(asked("/m?exclude[]=inventory", kOpenMetrics).form, PageForm::openmetrics);
}

TEST(ScrapeRequest, CompatIsInTheFormOfTheOthers) {
  EXPECT_EQ(asked("/m?compat=mdlayher", kOpenMetrics).form, PageForm::mdlayher);
  EXPECT_EQ(asked("/m?compat=mindflavor", kOpenMetrics).form, PageForm::mindflavor);
  EXPECT_TRUE(asked("/m?compat=mindflavor").is_usual());
  const ScrapeRequest all = asked(
      "/m?compat=mindflavor&separate_allowed_ips=true&export_remote_ip_and_port=true"
      "&export_latest_handshake_delay=true");
  EXPECT_EQ(all.mindflavor, (MindflavorOptions{true, true, true}));
  EXPECT_FALSE(all.is_usual());
  EXPECT_TRUE(asked("/m?compat=mindflavor&separate_allowed_ips=false").is_usual());
}

TEST(ScrapeRequest, SaysWhyItCannotBeAnsweredAndRepeatsNothing) {
  constexpr std::string_view kGroups =
      "interfaces, peers, findings, collectors, inventory, events, exporter";
  const struct {
    std::string_view target;
    std::string want;
  } cases[] = {
      {"/m?collect[]=cpu", "collect[]: no such collector: one of " + std::string(kGroups)},
      {"/m?exclude[]=peer_details", "exclude[]: no such collector: one of " + std::string(kGroups)},
      {"/m?collect[]=peers&exclude[]=findings", "collect[] and exclude[]: one of them, not both"},
      {"/m?compat=node_exporter", "compat: not one of mindflavor, mdlayher"},
      {"/m?compat=text", "compat: not one of mindflavor, mdlayher"},
      {"/m?compat=mdlayher&collect[]=peers", "compat: not with collect[] or exclude[]"},
      {"/m?compat=mindflavor&exclude[]=peers", "compat: not with collect[] or exclude[]"},
      {"/m?compat=mindflavor&separate_allowed_ips=1", "separate_allowed_ips: not true or false"},
      {"/m?separate_allowed_ips=true",
       "a switch of MindFlavor's exporter: only with compat=mindflavor"},
      {"/m?compat=mdlayher&export_latest_handshake_delay=true",
       "a switch of MindFlavor's exporter: only with compat=mindflavor"},
  };
  for (const auto& [target, want] : cases) {
    const auto request = parse_scrape_request(target, "", "");
    ASSERT_FALSE(request) << target;
    EXPECT_EQ(request.error(), want);
  }
}

}  // namespace
}  // namespace wgaudit::test
