// What two inventories say differently, as text and as JSON. Pure.
#pragma once

#include <string>

#include "audit/inventory.hpp"
#include "audit/record_diff.hpp"

namespace wgaudit {

// A record a block, sorted by key; nothing where nothing differs.
[[nodiscard]] std::string inventory_diff_text(const InventoryDiff& diff);
// {"version": 1, "before", "after": {"path", "sha256", "records"}, "records": [{"change":
// "added|removed|changed", "public_key", "principal", "fields": {NAME: {"before", "after"}}}],
// "other": ["policy", "roles", "gateways"]}; null: the record does not say.
[[nodiscard]] std::string inventory_diff_json(const InventoryDiff& diff, const Inventory& before,
                                              const Inventory& after);

}  // namespace wgaudit
