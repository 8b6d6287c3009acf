// The text of /metrics (Prometheus exposition format 0.0.4) from a View.
#pragma once

#include <memory>
#include <string>

#include "audit/view.hpp"
#include "collectors/model/time.hpp"
#include "exporter/codec/privacy.hpp"
#include "exporter/metrics/delivery_health.hpp"

namespace wgaudit {

struct MetricsOptions {
  bool peer_details = false;          // --metrics.peer-details
  bool exporter_metrics = true;       // process_*; off with --web.disable-exporter-metrics
  std::uint64_t peer_limit = 50'000;  // of an interface: above, only its aggregates and findings
  Privacy privacy{};                  // --privacy.*
};

// What vanishes with a peer, an interface or a finding is written from the View by hand; what never
// disappears lives in a prometheus-cpp Registry. Safe to call from several threads.
class MetricsPage {
 public:
  explicit MetricsPage(MetricsOptions options);
  ~MetricsPage();
  // `now` on CLOCK_BOOTTIME decides which devices are too old (30 s) to be shown.
  // `delivery` is null where nothing is kept or delivered: `wgaudit metrics`.
  [[nodiscard]] std::string render(const View& view, BootTime now,
                                   const DeliveryHealth* delivery = nullptr);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wgaudit
