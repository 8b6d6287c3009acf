// Collectors and inventory: how reading goes, and what is judged by.
#include "exporter/metrics/families.hpp"

namespace wgaudit {
namespace {

Labels labels_of(const SourceHealth& source) {
  return Labels{}
      .add("collector", to_string(source.last.collector))
      .add("netns", source.last.netns);
}

std::uint64_t was_read(SourceStatus status) {
  switch (status) {
    case SourceStatus::complete:
    case SourceStatus::incomplete:
      return 1;
    case SourceStatus::failed:
    case SourceStatus::absent:
      return 0;
  }
  return 0;
}

}  // namespace

void write_collectors(TextWriter& out, const View& view) {
  out.begin(MetricId::collector_success);
  for (const auto& source : view.sources)
    out.sample(labels_of(source), was_read(source.last.status));
  out.begin(MetricId::collector_complete);
  for (const auto& source : view.sources) {
    const bool complete = source.last.status == SourceStatus::complete;
    out.sample(labels_of(source), std::uint64_t{complete});
  }
  out.begin(MetricId::collector_last_success);
  for (const auto& source : view.sources) {
    if (source.last_success) out.sample(labels_of(source), *source.last_success);
  }
  out.begin(MetricId::collector_duration);
  for (const auto& source : view.sources) out.sample(labels_of(source), source.last.duration);
  out.begin(MetricId::interface_success);
  for (const InterfaceHealth& interface : view.interfaces) {
    Labels labels;
    labels.add("collector", to_string(interface.collector));
    labels.add("netns", interface.netns).add("interface", interface.name);
    out.sample(labels, std::uint64_t{interface.success});
  }
}

void write_inventory(TextWriter& out, const View& view) {
  if (!view.inventory_health.configured) return;
  out.begin(MetricId::inventory_info);
  out.sample(Labels{}.add("sha256", view.inventory->sha256), std::uint64_t{1});
  out.begin(MetricId::inventory_gateway_info);
  for (const Gateway& gateway : view.inventory->gateways) {
    out.sample(Labels{}.add("gateway", gateway.name).add("address", gateway.address),
               std::uint64_t{1});
  }
}

void write_oldest_pending(TextWriter& out, const DeliveryHealth& delivery) {
  out.begin(MetricId::sink_oldest_pending_event);
  for (const SinkHealth& sink : delivery.sinks) {
    if (sink.oldest_pending) out.sample(Labels{}.add("sink", sink.name), *sink.oldest_pending);
  }
}

}  // namespace wgaudit
