#include "exporter/metrics/registry.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

#include "exporter/metrics/metric_table.hpp"
#include "exporter/metrics/process_stats.hpp"
#include "exporter/version/version.hpp"

namespace wgaudit {
namespace {

using Series = prometheus::Labels;

constexpr Severity kSeverityOrder[] = {Severity::info, Severity::low, Severity::medium,
                                       Severity::high, Severity::critical};
constexpr Status kStatusOrder[] = {Status::active, Status::unreviewed, Status::disabled,
                                   Status::revoked};

std::string text(std::string_view view) { return std::string(view); }

std::optional<double> to_double(std::optional<std::uint64_t> value) {
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

const MetricInfo& info_of(const prometheus::MetricFamily& family) {
  return *std::ranges::find(metrics(), std::string_view(family.name), &MetricInfo::name);
}

// The library keeps series in a hash table; a page reads better, and diffs, in order.
void write_families(TextWriter& out, std::vector<prometheus::MetricFamily> families,
                    MetricGroups groups) {
  std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
  for (auto& family : families) {
    const MetricInfo& info = info_of(family);
    if (!groups[static_cast<std::size_t>(info.group)]) continue;
    std::ranges::sort(family.metric, {}, &prometheus::ClientMetric::label);
    out.begin(info.id);
    for (const prometheus::ClientMetric& metric : family.metric) {
      Labels labels;
      for (const auto& label : metric.label) labels.add(label.name, label.value);
      const bool is_counter = info.type == MetricType::counter;
      out.sample(labels, is_counter ? metric.counter.value : metric.gauge.value);
    }
  }
}

// Whether some record's finding of this rule would have this severity by the configuration.
bool is_graded(const RuleSettings& settings, RuleId rule, Severity severity) {
  // Of a record that is not reviewed yet.
  if (rule == RuleId::unknown_key && severity == Severity::low) return settings.enabled(rule);
  return settings.severity(rule, "") == severity ||
         std::ranges::find_if(settings[rule].roles, [&](const RuleSetting::ForRole& role) {
           return settings.severity(rule, role.role) == severity;
         }) != settings[rule].roles.end();
}

using SourceRetry = std::tuple<CollectorKind, std::string, std::size_t>;

}  // namespace

struct ExporterRegistry::State {
  bool process_metrics;
  std::mutex mutex;
  prometheus::Registry registry;
  std::uint64_t newest_poll = 0;
  std::shared_ptr<const Inventory> counted;
  std::map<SourceRetry, std::uint64_t> retries_seen;
  std::set<std::pair<RuleId, Severity>> series_shown;
  std::set<std::string> sinks_shown;

  prometheus::Family<prometheus::Gauge>& gauges(MetricId id) {
    const MetricInfo& info = metric_info(id);
    return prometheus::BuildGauge().Name(text(info.name)).Help(text(info.help)).Register(registry);
  }
  prometheus::Family<prometheus::Counter>& counters(MetricId id) {
    const MetricInfo& info = metric_info(id);
    return prometheus::BuildCounter()
        .Name(text(info.name))
        .Help(text(info.help))
        .Register(registry);
  }
  prometheus::Gauge& gauge(MetricId id, const Series& labels = {}) {
    return gauges(id).Add(labels);
  }
  prometheus::Counter& counter(MetricId id, const Series& labels = {}) {
    return counters(id).Add(labels);
  }
  void set(MetricId id, std::optional<double> value, const Series& labels = {}) {
    if (value) gauge(id, labels).Set(*value);
  }
  void raise_to(MetricId id, std::optional<double> value, const Series& labels = {}) {
    if (!value) return;
    prometheus::Counter& series = counter(id, labels);
    if (*value > series.Value()) series.Increment(*value - series.Value());
  }

  void set_records(const Inventory& inventory);
  void set_inventory(const View& view);
  void set_findings(const View& view);
  void add_retries(const View& view);
  void set_delivery(const DeliveryHealth& delivery);
  void set_chain_head(const DeliveryHealth& delivery);
  void set_sink(const SinkHealth& sink);
  void remove_sink(const std::string& name);
  void set_process();
  void set_counts(const PageCounts& counts);
};

void ExporterRegistry::State::set_records(const Inventory& inventory) {
  std::array<double, kStatuses> records{};
  for (const Record& record : inventory.records) ++records[static_cast<std::size_t>(record.status)];
  for (const Status status : kStatusOrder) {
    set(MetricId::inventory_records, records[static_cast<std::size_t>(status)],
        {{"status", text(to_string(status))}});
  }
}

void ExporterRegistry::State::set_inventory(const View& view) {
  if (counted != view.inventory) {  // 100,000 records are not walked by every scrape
    counted = view.inventory;
    set_records(*counted);
  }
  const InventoryHealth& health = view.inventory_health;
  if (!health.configured) return;
  set(MetricId::inventory_last_reload_successful, health.last_reload_successful ? 1 : 0);
  if (health.last_success) {
    set(MetricId::inventory_last_reload_success, to_seconds(*health.last_success));
  }
}

// Every enabled rule at the severities it is graded; another one (of an unreviewed record) from the
// first finding that had it.
void ExporterRegistry::State::set_findings(const View& view) {
  FindingCounts open;
  for (const Finding& finding : view.findings) {
    if (!finding.accepted) ++open.at(finding.identity.rule, finding.severity);
  }
  for (const RuleInfo& rule : rules()) {
    for (const Severity severity : kSeverityOrder) {
      const Series labels{{"rule", text(rule.name)}, {"severity", text(to_string(severity))}};
      const auto opened = view.opened_total.at(rule.id, severity);
      const auto now_open = open.at(rule.id, severity);
      const std::pair series{rule.id, severity};
      const bool graded = is_graded(*view.rule_settings, rule.id, severity);
      if (!graded && opened == 0 && now_open == 0 && !series_shown.contains(series)) {
        continue;
      }
      series_shown.insert(series);
      set(MetricId::open_findings, static_cast<double>(now_open), labels);
      raise_to(MetricId::findings_opened, static_cast<double>(opened), labels);
    }
  }
}

// The View counts by namespace, and a namespace can go; the sum over them must not fall with it.
void ExporterRegistry::State::add_retries(const View& view) {
  for (const SourceHealth& source : view.sources) {
    for (std::size_t reason = 0; reason < kRetryReasons; ++reason) {
      auto& seen = retries_seen[{source.last.collector, source.last.netns, reason}];
      const std::uint64_t total = source.retries_total[reason];
      prometheus::Counter& series =
          counter(MetricId::collector_retries,
                  {{"collector", text(to_string(source.last.collector))},
                   {"reason", text(to_string(static_cast<RetryReason>(reason)))}});
      // Less than before: the namespace went, came back and is counted anew.
      series.Increment(static_cast<double>(total < seen ? total : total - seen));
      seen = total;
    }
  }
}

void ExporterRegistry::State::set_sink(const SinkHealth& sink) {
  const Series labels{{"sink", sink.name}};
  set(MetricId::sink_up, sink.up ? 1 : 0, labels);
  set(MetricId::sink_pending_events, static_cast<double>(sink.pending_events), labels);
  raise_to(MetricId::sink_delivered_events, static_cast<double>(sink.delivered_events_total),
           labels);
  raise_to(MetricId::sink_failures, static_cast<double>(sink.failures_total), labels);
  raise_to(MetricId::sink_dead_events, static_cast<double>(sink.dead_events_total), labels);
  set(MetricId::sink_paused, sink.paused ? 1 : 0, labels);
}

// Gone by a reload: the registry would show what it was last, for ever.
void ExporterRegistry::State::remove_sink(const std::string& name) {
  const Series labels{{"sink", name}};
  for (const MetricId id :
       {MetricId::sink_up, MetricId::sink_pending_events, MetricId::sink_paused}) {
    gauges(id).Remove(&gauge(id, labels));
  }
  for (const MetricId id :
       {MetricId::sink_delivered_events, MetricId::sink_failures, MetricId::sink_dead_events}) {
    counters(id).Remove(&counter(id, labels));
  }
}

void ExporterRegistry::State::set_delivery(const DeliveryHealth& delivery) {
  set(MetricId::state_up, delivery.state_up ? 1 : 0);
  if (delivery.last_commit) set(MetricId::state_last_commit, to_seconds(*delivery.last_commit));
  set(MetricId::state_size, static_cast<double>(delivery.size_bytes));
  set(MetricId::event_sequence, to_double(delivery.event_sequence));
  set_chain_head(delivery);
  for (const ActionInfo& action : actions()) {
    if (is_of_files(action.action)) continue;  // no event of the outbox
    raise_to(MetricId::events,
             static_cast<double>(delivery.events_total[static_cast<std::size_t>(action.action)]),
             {{"action", text(action.name)}});
  }
  raise_to(MetricId::events_lost, to_double(delivery.events_lost_total));
  std::set<std::string> sinks;
  for (const SinkHealth& sink : delivery.sinks) {
    set_sink(sink);
    sinks.insert(sink.name);
  }
  for (const std::string& before : std::exchange(sinks_shown, sinks)) {
    if (!sinks.contains(before)) remove_sink(before);
  }
}

void ExporterRegistry::State::set_chain_head(const DeliveryHealth& delivery) {
  for (std::size_t part = 0; part < std::tuple_size_v<HeadParts>; ++part) {
    auto& series = gauge(MetricId::event_chain_head, {{"part", std::to_string(part)}});
    if (delivery.chain_head) {
      series.Set(static_cast<double>((*delivery.chain_head)[part]));
    } else {
      gauges(MetricId::event_chain_head).Remove(&series);
    }
  }
}

void ExporterRegistry::State::set_process() {
  const ProcessStats stats = read_process_stats();
  raise_to(MetricId::process_cpu, stats.cpu_seconds);
  set(MetricId::process_open_fds, stats.open_fds);
  set(MetricId::process_max_fds, stats.max_fds);
  set(MetricId::process_virtual_memory, stats.virtual_memory_bytes);
  set(MetricId::process_resident_memory, stats.resident_memory_bytes);
  set(MetricId::process_start_time, stats.start_time_seconds);
  set(MetricId::process_threads, stats.threads);
}

void ExporterRegistry::State::set_counts(const PageCounts& counts) {
  for (std::size_t form = 0; form < kPageForms; ++form) {
    const Series labels{{"format", text(to_string(static_cast<PageForm>(form)))}};
    raise_to(MetricId::exposition_renderings, static_cast<double>(counts.renderings[form]), labels);
    raise_to(MetricId::exposition_compressions, static_cast<double>(counts.compressions[form]),
             labels);
  }
}

ExporterRegistry::ExporterRegistry(bool process_metrics) : state_(std::make_unique<State>()) {
  state_->process_metrics = process_metrics;
  state_->set(MetricId::build_info, 1,
              {{"version", text(kVersion)}, {"revision", text(kRevision)}});
}
ExporterRegistry::~ExporterRegistry() = default;

void ExporterRegistry::write(TextWriter& out, const View& view, const DeliveryHealth* delivery,
                             const PageCounts& counts, MetricGroups groups) {
  const std::lock_guard lock(state_->mutex);
  // A slow scrape may come with an older View than the one before it had.
  if (view.poll >= state_->newest_poll) {
    state_->newest_poll = view.poll;
    state_->set_inventory(view);
    state_->set_findings(view);
    state_->add_retries(view);
  }
  if (delivery != nullptr) {
    state_->raise_to(MetricId::polls, static_cast<double>(view.poll));
    state_->set_counts(counts);
    state_->set_delivery(*delivery);
  }
  if (state_->process_metrics) state_->set_process();
  write_families(out, state_->registry.Collect(), groups);
}

}  // namespace wgaudit
