// How collectors, state, sinks and inventory stand, and what of it a person has to look at. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/view.hpp"
#include "exporter/metrics/delivery_health.hpp"

namespace wgaudit {

[[nodiscard]] std::string_view to_string(SourceStatus status);
[[nodiscard]] std::size_t sessions_up(const JudgedDevice& judged);
// "netlink", "netlink in blue"
[[nodiscard]] std::string source_name(const SourceResult& source);

// A sentence each; none: all is well. `interval`: between polls.
[[nodiscard]] std::vector<std::string> troubles(const View& view, const DeliveryHealth& delivery,
                                                Duration interval, WallTime now);

}  // namespace wgaudit
