// What of /metrics the settings choose: --metrics.* and --privacy.*.
#pragma once

#include <cstdint>

#include "exporter/codec/identity_labels.hpp"
#include "exporter/codec/privacy.hpp"

namespace wgaudit {

struct MetricsOptions {
  bool peer_details = false;          // --metrics.peer-details
  bool endpoints = false;             // --metrics.endpoints
  bool allowed_ips = false;           // --metrics.allowed-ips
  bool exporter_metrics = true;       // process_*; off with --web.disable-exporter-metrics
  std::uint64_t peer_limit = 50'000;  // of an interface: above, only its aggregates and findings
  IdentityLabels identity_labels{};   // --metrics.identity-labels
  Privacy privacy{};                  // --privacy.*
};

}  // namespace wgaudit
