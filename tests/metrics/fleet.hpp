// A View with one of everything that /metrics shows, for its tests.
#pragma once

#include "audit/view.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {

inline constexpr BootTime kNow{std::chrono::seconds{1000}};

// Adds the device as the judge would publish it; peers by `inventory`, with a session where there
// is a handshake.
void add_device(View& view, Device device);
[[nodiscard]] View empty_view(std::shared_ptr<Inventory> inventory = test::inventory({}));
// Two interfaces and a third that is too old; odd names; known and unknown peers; findings.
[[nodiscard]] View fleet();
// One interface with so many peers of an inventory.
[[nodiscard]] View crowd(std::size_t peers);

}  // namespace wgaudit::test
