// The gateways of the inventory, for http_sd of Prometheus. What is no answer leaves the targets
// that it has: https://prometheus.io/docs/prometheus/latest/http_sd/ .
#include "exporter/codec/scrape_targets.hpp"
#include "exporter/pages/api_parts.hpp"
#include "exporter/pages/parameters.hpp"

namespace wgaudit {

Page api_targets(const PageRequest& request) {
  if (const auto known = allow_only(request.query, {}); !known) return json_error(known.error());
  if (request.view == nullptr) return not_polled_yet();
  ScrapeTargets targets = scrape_targets(*request.view->inventory);
  if (!targets.problems.empty()) {
    return json_error(500, "inventory: gateway " + targets.problems.front());
  }
  return json_page(std::move(targets.json));
}

}  // namespace wgaudit
