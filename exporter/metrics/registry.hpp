// What never disappears from /metrics, in a prometheus-cpp Registry.
//
// A scrape sets it from its View and prints it under one lock, so that no scrape sees the values of
// another half-set. Counters only rise, whichever View is the older.
#pragma once

#include <memory>
#include <string>

#include "audit/view.hpp"
#include "exporter/metrics/delivery_health.hpp"

namespace wgaudit {

class ExporterRegistry {
 public:
  explicit ExporterRegistry(bool process_metrics);
  ~ExporterRegistry();
  // From any thread. `delivery` is null where nothing is kept or delivered.
  [[nodiscard]] std::string render(const View& view, const DeliveryHealth* delivery);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wgaudit
