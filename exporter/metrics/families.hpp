// The families of /metrics whose series come and go, each written from a View. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "audit/view.hpp"
#include "exporter/metrics/delivery_health.hpp"
#include "exporter/metrics/metrics_options.hpp"
#include "exporter/metrics/text_writer.hpp"

namespace wgaudit {

inline constexpr std::size_t kFindingsPerRule = 1000;

// Devices of the View that are young enough to be shown, in its order.
using ShownDevices = std::vector<const JudgedDevice*>;

void write_interfaces(TextWriter& out, const ShownDevices& devices);
// REQUIRES: each device's `peers` is parallel to its Device::peers.
void write_peers(TextWriter& out, const ShownDevices& devices, const View& view,
                 const MetricsOptions& options);
void write_findings(TextWriter& out, const View& view);
void write_collectors(TextWriter& out, const View& view);
void write_over_limit(TextWriter& out, const ShownDevices& devices);
void write_inventory(TextWriter& out, const View& view);
// Absent for a sink that has everything.
void write_oldest_pending(TextWriter& out, const DeliveryHealth& delivery);

}  // namespace wgaudit
