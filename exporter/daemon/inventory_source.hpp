// The inventory file and what is in force of it: the last good one, whatever happens to the file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "audit/inventory.hpp"
#include "audit/view.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

class InventorySource {
 public:
  explicit InventorySource(std::string path);  // "" = none is configured

  // Reads the file again. A file that is rejected leaves the last good one in force, with the
  // revocations of the new one. Returns whether it was accepted. One thread at a time.
  bool load(WallTime now);

  [[nodiscard]] std::shared_ptr<const Inventory> inventory() const { return inventory_; }
  [[nodiscard]] const InventoryHealth& health() const { return health_; }

 private:
  std::string path_;
  std::shared_ptr<const Inventory> inventory_;
  InventoryHealth health_;
};

// A copy in which the keys of `revocations` are revoked. REQUIRES: an inventory with an index.
[[nodiscard]] std::shared_ptr<const Inventory> with_revocations(
    const Inventory& inventory, const std::vector<Record>& revocations);

}  // namespace wgaudit
