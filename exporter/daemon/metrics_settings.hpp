// What the settings say of /metrics.
#pragma once

#include "exporter/config/settings.hpp"
#include "exporter/metrics/metrics_options.hpp"

namespace wgaudit {

[[nodiscard]] inline MetricsOptions metrics_options(const Settings& settings) {
  return {.peer_details = settings.metrics_peer_details,
          .endpoints = settings.metrics_endpoints,
          .allowed_ips = settings.metrics_allowed_ips,
          .exporter_metrics = !settings.web_disable_exporter_metrics,
          .peer_limit = settings.metrics_peer_limit,
          .identity_labels = settings.metrics_identity_labels,
          .privacy = settings.privacy};
}

}  // namespace wgaudit
