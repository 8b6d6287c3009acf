// The pages of two other WireGuard exporters, series for series, so that dashboards and alerts made
// for them go on working: names, labels, types, help and meanings are theirs (MIGRATION.md). Pure.
//
// Neither of them knows network namespaces: only interfaces of our own are shown.
#pragma once

#include <string>

#include "collectors/model/time.hpp"
#include "exporter/codec/privacy.hpp"
#include "exporter/metrics/families.hpp"
#include "exporter/metrics/scrape_request.hpp"

namespace wgaudit {

struct CompatPeers {
  const ShownDevices& devices;
  const ShownDevices& with_peers;  // those of them whose peers are shown: --metrics.peer-limit
  WallTime now;
  const Privacy& privacy;
  bool names = true;  // of principals: --metrics.identity-labels
};

// MindFlavor/prometheus_wireguard_exporter 3.6.6; the README's order of labels.
[[nodiscard]] std::string mindflavor_page(const CompatPeers& peers,
                                          const MindflavorOptions& options);
// mdlayher/wireguard_exporter; in the order and with the numbers of Go's client library.
[[nodiscard]] std::string mdlayher_page(const CompatPeers& peers);

}  // namespace wgaudit
