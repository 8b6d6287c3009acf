// What never disappears from /metrics, in a prometheus-cpp Registry.
//
// A scrape sets it from its View and prints it under one lock, so that no scrape sees the values of
// another half-set. Counters only rise, whichever View is the older.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "audit/view.hpp"
#include "exporter/metrics/delivery_health.hpp"
#include "exporter/metrics/text_writer.hpp"

namespace wgaudit {

// Since the start, by PageForm.
struct PageCounts {
  std::array<std::uint64_t, kPageForms> renderings{}, compressions{};
};

class ExporterRegistry {
 public:
  explicit ExporterRegistry(bool process_metrics);
  ~ExporterRegistry();
  // Sets all, writes what is of these groups. From any thread. `delivery` is null where nothing is
  // kept or delivered.
  void write(TextWriter& out, const View& view, const DeliveryHealth* delivery,
             const PageCounts& counts, MetricGroups groups);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wgaudit
