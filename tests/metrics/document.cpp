#include "tests/metrics/document.hpp"

#include <string_view>

#include "exporter/metrics/metric_table.hpp"

namespace wgaudit::test {
namespace {

constexpr std::string_view kHead = R"(# Metrics

<!-- Generated from exporter/metrics/metric_table.cpp: UPDATE_GOLDEN=1 metrics_tests rewrites it. -->

`wireguard_*` is what the kernel says, and who a key belongs to; `wgaudit_*` is what wgaudit makes of
it, and how it fares itself. Names and labels are never changed.

**Forms.** By the `Accept` header: OpenMetrics 1.0.0, which Prometheus 2 and 3 ask for first, or the
Prometheus text format 0.0.4, which people and all others get; with the same samples. In OpenMetrics the
family of a counter has no `_total`, and a unit is named. gzip where `Accept-Encoding` takes it. A page is
written and compressed once a poll, however many scrape it; what is not of a poll (state, sinks, process)
is as old as the page, 5 seconds at most.

**A part of it.** `/metrics?collect[]=NAME` has these groups alone, `/metrics?exclude[]=NAME` all others;
repeatable, one kind at a time: `interfaces`, `peers`, `findings`, `collectors`, `inventory`, `events`,
`exporter`. The last few of such pages are shared, too.

**Other exporters.** `/metrics?compat=mindflavor` and `?compat=mdlayher` are their pages
([MIGRATION.md](MIGRATION.md)).

**Labels.** Every series of an interface, peer or finding has `netns` and `interface`. `netns` is the
label of the network namespace, `""` for the exporter's own, which Prometheus treats as absent. A peer
is (`netns`, `interface`, `public_key`). Bytes of a name that are not UTF-8 are shown as U+FFFD.

**Who it is** stands in `wireguard_peer_info`, once for each peer. Join it like this:

```promql
rate(wireguard_peer_receive_bytes_total[5m])
  * on (job, instance, netns, interface, public_key) group_left (principal) wireguard_peer_info
```

A key that the inventory does not have is `principal="unknown:<first 8 characters>"`,
`status="unknown"`, its other labels empty. With `--privacy.identity hash` or `none` `principal` and
`principal_device` are digests or empty ([PRIVACY.md](../codec/PRIVACY.md)). `--metrics.identity-labels`
says which of its labels beside the peer's own there are (`principal,role`, or `none`); rules and dashboards
that ship read `principal`, `principal_device`, `role` and `status`.

**Absent means not known**, never 0: no handshake yet, no link of that name, no date in the inventory.
An interface that could not be read for 30 seconds leaves the page with its peers; its findings and
`wgaudit_collector_*` stay. Above `--metrics.peer-limit` peers an interface has its
`wireguard_interface_*` series alone. What the state database holds is absent until it was open.

**Precision.** Instants are printed to the nanosecond and counters as the kernel's 64 bits; Prometheus
keeps both as a double (about 200 ns, and 2^53).
)";

constexpr std::string_view title(MetricGroup group) {
  switch (group) {
    case MetricGroup::interfaces:
      return "Interfaces";
    case MetricGroup::peers:
      return "Peers";
    case MetricGroup::peer_details:
      return "Peers, with `--metrics.peer-details`";
    case MetricGroup::peer_endpoints:
      return "Peers, with `--metrics.endpoints`";
    case MetricGroup::peer_allowed_ips:
      return "Peers, with `--metrics.allowed-ips`";
    case MetricGroup::findings:
      return "Findings";
    case MetricGroup::collectors:
      return "Collectors";
    case MetricGroup::inventory:
      return "Inventory";
    case MetricGroup::events:
      return "State, events, sinks";
    case MetricGroup::exporter:
      return "The exporter itself (`process_*`: not with `--web.disable-exporter-metrics`)";
  }
  return "";
}

std::string quoted_labels(std::string_view labels) {
  std::string text;
  while (!labels.empty()) {
    const std::size_t comma = labels.find(", ");
    text += (text.empty() ? "`" : ", `") + std::string(labels.substr(0, comma)) + "`";
    labels.remove_prefix(comma == std::string_view::npos ? labels.size() : comma + 2);
  }
  return text;
}

}  // namespace

std::string metrics_document() {
  std::string text(kHead);
  const MetricInfo* before = nullptr;
  for (const MetricInfo& metric : metrics()) {
    if (before == nullptr || before->group != metric.group) {
      text += "\n## " + std::string(title(metric.group)) + "\n\n";
      text += "| metric | type | unit | labels | meaning |\n|---|---|---|---|---|\n";
    }
    text += "| `" + std::string(metric.name) + "` | " + std::string(to_string(metric.type)) +
            " | " + std::string(metric.unit) + " | " + quoted_labels(metric.labels) + " | " +
            std::string(metric.help) + " |\n";
    before = &metric;
  }
  return text;
}

}  // namespace wgaudit::test
