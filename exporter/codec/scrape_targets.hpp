// The gateways of an inventory as targets for Prometheus: what file_sd reads and http_sd is
// answered. https://prometheus.io/docs/prometheus/latest/http_sd/ . Pure.
#pragma once

#include <string>
#include <vector>

#include "audit/inventory.hpp"

namespace wgaudit {

struct ScrapeTargets {
  // [{"targets": ["ADDRESS"], "labels": {"gateway": NAME, …of the entry}}], by name; a gateway
  // without an address is not scraped and left out. Its own name is what the label `gateway` says,
  // whatever the entry has.
  std::string json;
  // What Prometheus would refuse, and the whole file with it: a label that is no label's name, an
  // address that is more than a host and a port. "GATEWAY: why", escaped.
  std::vector<std::string> problems;
};
[[nodiscard]] ScrapeTargets scrape_targets(const Inventory& inventory);

}  // namespace wgaudit
