#include <algorithm>
#include <utility>
#include <vector>

#include "exporter/codec/json_writer.hpp"
#include "exporter/codec/report.hpp"
#include "exporter/codec/report_members.hpp"

namespace wgaudit {
namespace {

void write_inventory(JsonWriter& out, const ReportModel& model) {
  out.key("inventory");
  if (model.inventory == nullptr) {
    out.null();
    return;
  }
  out.begin_object();
  out.text("path", model.inventory->path);
  out.text("sha256", model.inventory->sha256);
  out.number("records", model.inventory->records.size());
  out.end_object();
}

// Sorted as one reads it: base64 does not keep the order of the bytes.
std::vector<std::size_t> order_by_text(const Device& device) {
  std::vector<std::pair<std::string, std::size_t>> keys;
  keys.reserve(device.peers.size());
  for (std::size_t i = 0; i < device.peers.size(); ++i) {
    keys.emplace_back(to_string(device.peers[i].public_key), i);
  }
  std::ranges::sort(keys);
  std::vector<std::size_t> order;
  order.reserve(keys.size());
  for (const auto& [key, index] : keys) order.push_back(index);
  return order;
}

void write_interface(JsonWriter& out, const View& view, const JudgedDevice& judged,
                     const ReportOptions& options) {
  const Device& device = *judged.device;
  out.begin_object();
  write_interface_members(out, device);
  out.key("peers");
  out.begin_array();
  for (const std::size_t i : order_by_text(device)) {
    const Peer& peer = device.peers[i];
    const PeerStatus& status = judged.peers[i];
    if (!is_reported(options, peer, status)) continue;
    out.begin_object();
    write_peer_members(out, view, device, peer, status);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_finding(JsonWriter& out, const ReportFinding& found) {
  out.begin_object();
  write_finding_members(out, *found.finding);
  if (found.gateway.empty()) {  // of several
    out.key("places");
    out.begin_array(JsonWriter::Layout::inline_);
    for (const std::string& place : found.where) out.text(place);
    out.end_array();
  }
  out.end_object();
}

void write_findings(JsonWriter& out, const std::vector<ReportFinding>& findings) {
  out.key("findings");
  out.begin_array();
  for (const ReportFinding& finding : findings) write_finding(out, finding);
  out.end_array();
}

void write_problems(JsonWriter& out, const std::vector<std::string>& problems) {
  out.key("problems");
  out.begin_array();
  for (const std::string& problem : problems) out.text(problem);
  out.end_array();
}

// The members of an object of its own, or of the document where it is the only one.
void write_gateway(JsonWriter& out, const ReportModel& model, const ReportGateway& gateway) {
  const View& view = *gateway.view;
  out.number("version", 1);
  out.text("generated_at", to_rfc3339(model.generated_at));
  out.text("gateway", view.gateway);
  write_inventory(out, model);
  out.key("interfaces");
  out.begin_array();
  for (const JudgedDevice& judged : view.devices) {
    write_interface(out, view, judged, model.options);
  }
  out.end_array();
  write_findings(out, gateway.findings);
  out.key("not_checked");
  out.begin_array();
  for (const auto& [rule, why] : gateway.not_checked) {
    out.begin_object(JsonWriter::Layout::inline_);
    out.text("rule", rule->name);
    out.text("why", why);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string report_json(const ReportModel& model) {
  JsonWriter out;
  out.begin_object();
  if (!model.of_many()) {
    write_gateway(out, model, model.gateways.front());
    write_problems(out, model.all_problems);
  } else {
    out.number("version", 1);
    out.text("generated_at", to_rfc3339(model.generated_at));
    write_inventory(out, model);
    out.key("gateways");
    out.begin_array();
    for (const ReportGateway& gateway : model.gateways) {
      out.begin_object();
      write_gateway(out, model, gateway);
      write_problems(out, *gateway.problems);
      out.end_object();
    }
    out.end_array();
    write_findings(out, model.across);
    write_problems(out, *model.problems);
  }
  out.end_object();
  return out.take();
}

}  // namespace wgaudit
