// What two inventories say differently, in every field. Pure. For people who compare files; what is
// told as events is in inventory_diff.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/inventory.hpp"

namespace wgaudit {

// A field as text; a list has its items, sorted. Absent: the record does not say.
using FieldText = std::optional<std::vector<std::string>>;

struct FieldChange {
  std::string_view field;  // as the inventory has it
  bool is_list = false;
  FieldText before, after;
  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

struct RecordChange {
  const Record* before = nullptr;   // null: added
  const Record* after = nullptr;    // null: removed
  std::vector<FieldChange> fields;  // of one that changed
};

struct InventoryDiff {
  std::vector<RecordChange> records;    // by key
  std::vector<std::string_view> other;  // of policy, roles, gateways: those that differ
  [[nodiscard]] bool empty() const { return records.empty() && other.empty(); }
};

// REQUIRES: both have their index, and outlive the result.
[[nodiscard]] InventoryDiff diff_inventories(const Inventory& before, const Inventory& after);

}  // namespace wgaudit
