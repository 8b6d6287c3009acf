#include "exporter/codec/scrape_targets.hpp"

#include <algorithm>
#include <iterator>

#include "collectors/model/text.hpp"
#include "exporter/codec/json_writer.hpp"
#include "exporter/codec/label_name.hpp"

namespace wgaudit {
namespace {

// Scheme and path are labels of Prometheus (__scheme__, __metrics_path__), never part of a target.
bool is_target(std::string_view address) {
  return std::ranges::none_of(
      address, [](char c) { return c == '/' || c == '"' || static_cast<unsigned char>(c) <= ' '; });
}

// `gateway` is ours to set, and rules know that a target has it.
bool is_taken(std::string_view label) {
  const auto is_in = [&](const auto& labels) {
    return std::ranges::find(labels, label) != std::end(labels);
  };
  return label != "gateway" && (is_in(kLabelsOfMetrics) || is_in(kLabelsOfTargets));
}

std::vector<const Gateway*> scraped(const Inventory& inventory) {
  std::vector<const Gateway*> gateways;
  for (const Gateway& gateway : inventory.gateways) {
    if (!gateway.address.empty()) gateways.push_back(&gateway);
  }
  std::ranges::sort(gateways, {}, &Gateway::name);
  return gateways;
}

void check(const Gateway& gateway, std::vector<std::string>& problems) {
  const std::string name = to_printable(gateway.name);
  if (!is_target(gateway.address)) {
    problems.push_back(name + ": address: not HOST:PORT: " + to_printable(gateway.address));
  }
  for (const auto& [label, value] : gateway.labels) {
    if (!is_label_name(label)) {
      problems.push_back(name + ": labels: not a label of Prometheus: " + to_printable(label));
    } else if (is_taken(label)) {
      problems.push_back(name + ": labels: a label of metrics or targets has this name: " + label);
    }
  }
}

}  // namespace

ScrapeTargets scrape_targets(const Inventory& inventory) {
  ScrapeTargets result;
  JsonWriter out;
  out.begin_array();
  for (const Gateway* gateway : scraped(inventory)) {
    check(*gateway, result.problems);
    out.begin_object();
    out.key("targets");
    out.begin_array(JsonWriter::Layout::inline_);
    out.text(gateway->address);
    out.end_array();
    out.key("labels");
    out.begin_object();
    out.text("gateway", gateway->name);
    for (const auto& [label, value] : gateway->labels) {
      if (label != "gateway") out.text(label, value);
    }
    out.end_object();
    out.end_object();
  }
  out.end_array();
  result.json = out.take();
  return result;
}

}  // namespace wgaudit
