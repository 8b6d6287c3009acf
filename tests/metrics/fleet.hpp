// A View with one of everything that /metrics shows, for its tests.
#pragma once

#include "audit/view.hpp"
#include "exporter/metrics/delivery_health.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {

inline constexpr BootTime kNow{std::chrono::seconds{1000}};

// Adds the device as the judge would publish it; peers by `inventory`, with a session where there
// is a handshake.
void add_device(View& view, Device device);
[[nodiscard]] View empty_view(std::shared_ptr<Inventory> inventory = test::inventory({}));
// Two interfaces and a third that is too old; odd names; known and unknown peers; findings.
[[nodiscard]] View fleet();
// A file sink that has everything, a stdout sink that is behind; some of the actions happened.
[[nodiscard]] DeliveryHealth delivery();
// One interface with so many peers of an inventory.
[[nodiscard]] View crowd(std::size_t peers);

}  // namespace wgaudit::test
