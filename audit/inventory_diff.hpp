// What one inventory changes in another, told. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "audit/event.hpp"
#include "audit/inventory.hpp"

namespace wgaudit {

struct InventoryChange {
  std::size_t added = 0, removed = 0, changed = 0;  // records, by key
  std::vector<Event> events;                        // by key; none above kMaxRecordEvents
};
inline constexpr std::size_t kMaxRecordEvents = 500;

// inventory-record-added, -removed, -changed with what differs of status, role, allowed_ips, at and
// the dates. `before` is null for the first inventory ever: then nothing is counted as changed.
[[nodiscard]] InventoryChange inventory_events(const Inventory* before, const Inventory& after,
                                               WallTime at, bool detected_at_start);

}  // namespace wgaudit
