// A page of /metrics from a View.
#pragma once

#include <memory>
#include <string>

#include "audit/view.hpp"
#include "collectors/model/time.hpp"
#include "exporter/metrics/delivery_health.hpp"
#include "exporter/metrics/metrics_options.hpp"
#include "exporter/metrics/scrape_request.hpp"

namespace wgaudit {

// What vanishes with a peer, an interface or a finding is written from the View by hand; what never
// disappears lives in a prometheus-cpp Registry. Safe to call from several threads.
class MetricsPage {
 public:
  explicit MetricsPage(MetricsOptions options);
  ~MetricsPage();
  // `now` on CLOCK_BOOTTIME decides which devices are too old (30 s) to be shown.
  // `delivery` is null where nothing is kept or delivered: `wgaudit metrics`.
  // Never compressed, whatever the request says.
  [[nodiscard]] std::string render(const View& view, BootTime now,
                                   const DeliveryHealth* delivery = nullptr,
                                   const ScrapeRequest& request = {});
  // For the counter of them.
  void count_compression(PageForm form);

  // The last instant at which the page of this View shows the devices that it shows now.
  [[nodiscard]] static BootTime shows_same_until(const View& view, BootTime now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wgaudit
