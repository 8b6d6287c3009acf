// How the gateway and its exporter stand.
#include <algorithm>
#include <array>
#include <chrono>

#include "exporter/codec/report_members.hpp"
#include "exporter/pages/api_parts.hpp"
#include "exporter/pages/finding_list.hpp"
#include "exporter/pages/health.hpp"
#include "exporter/pages/parameters.hpp"
#include "exporter/version/version.hpp"

namespace wgaudit {
namespace {

void write_inventory(JsonWriter& out, const View& view) {
  out.key("inventory");
  const InventoryHealth& health = view.inventory_health;
  if (!health.configured) return out.null();
  out.begin_object();
  out.text("path", view.inventory->path);
  out.text("sha256", view.inventory->sha256);
  out.number("records", view.inventory->records.size());
  out.boolean("gateway_known", health.gateway_known);
  out.boolean("last_reload_successful", health.last_reload_successful);
  out.text_or_null("last_reload_success", rfc3339_or_empty(health.last_success));
  out.key("problems");
  out.begin_array();
  for (const Problem& problem : health.problems) out.text(to_string(problem));
  out.end_array();
  out.end_object();
}

void write_count_or_null(JsonWriter& out, std::string_view name,
                         const std::optional<std::uint64_t>& count) {
  count ? out.number(name, *count) : out.null(name);
}

void write_state(JsonWriter& out, const DeliveryHealth& delivery) {
  out.key("state");
  out.begin_object();
  out.boolean("up", delivery.state_up);
  out.text_or_null("why", delivery.state_why);
  out.text_or_null("last_commit", rfc3339_or_empty(delivery.last_commit));
  out.number("size_bytes", delivery.size_bytes);
  write_count_or_null(out, "event_sequence", delivery.event_sequence);
  write_count_or_null(out, "events_lost_total", delivery.events_lost_total);
  out.end_object();
}

void write_sinks(JsonWriter& out, const DeliveryHealth& delivery) {
  out.key("sinks");
  out.begin_array();
  for (const SinkHealth& sink : delivery.sinks) {
    out.begin_object();
    out.text("name", sink.name);
    out.boolean("up", sink.up);
    out.boolean("paused", sink.paused);
    out.text_or_null("why", sink.why);
    out.number("pending_events", sink.pending_events);
    out.text_or_null("oldest_pending", rfc3339_or_empty(sink.oldest_pending));
    out.number("delivered_events_total", sink.delivered_events_total);
    out.number("failures_total", sink.failures_total);
    out.number("dead_events_total", sink.dead_events_total);
    out.end_object();
  }
  out.end_array();
}

void write_collectors(JsonWriter& out, const View& view) {
  using std::chrono::microseconds;
  out.key("collectors");
  out.begin_array();
  for (const SourceHealth& source : view.sources) {
    const auto took = std::chrono::duration_cast<microseconds>(source.last.duration).count();
    out.begin_object();
    out.text("collector", to_string(source.last.collector));
    out.text("netns", source.last.netns);
    out.text("status", to_string(source.last.status));
    out.text_or_null("why", source.last.why);
    out.text_or_null("last_success", rfc3339_or_empty(source.last_success));
    out.number("duration_microseconds", static_cast<std::uint64_t>(std::max<long long>(took, 0)));
    out.end_object();
  }
  out.end_array();
}

void write_interfaces(JsonWriter& out, const View& view) {
  out.key("interfaces");
  out.begin_array();
  for (const JudgedDevice& judged : view.devices) {
    out.begin_object();
    write_interface_members(out, *judged.device);
    out.boolean("read", judged.success);
    out.boolean("complete", judged.device->completeness == Completeness::complete);
    out.number("peers_total", judged.peers.size());
    out.number("sessions_up", sessions_up(judged));
    out.end_object();
  }
  out.end_array();
}

void write_findings(JsonWriter& out, const View& view) {
  const FindingTotals totals = count_findings(view);
  out.key("open_findings");
  out.begin_object();
  for (auto level = kSeverities; level > 0; --level) {
    out.number(to_string(static_cast<Severity>(level)), totals.open[level]);
  }
  out.end_object();
  out.number("accepted_findings", totals.accepted);
}

}  // namespace

Page api_status(const PageRequest& request) {
  if (const auto known = allow_only(request.query, {}); !known) return json_error(known.error());
  if (request.view == nullptr) return not_polled_yet();
  const View& view = *request.view;
  const DeliveryHealth delivery = request.source->delivery();
  JsonWriter out;
  begin_answer(out, view);
  out.number("poll", view.poll);
  out.key("program");
  out.begin_object();
  out.text("version", kVersion);
  out.text("revision", kRevision);
  out.end_object();
  write_findings(out, view);
  write_collectors(out, view);
  write_interfaces(out, view);
  write_inventory(out, view);
  write_state(out, delivery);
  write_sinks(out, delivery);
  out.end_object();
  return json_page(out.take());
}

}  // namespace wgaudit
