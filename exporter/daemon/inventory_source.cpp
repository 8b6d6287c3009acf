#include "exporter/daemon/inventory_source.hpp"

#include <algorithm>

#include "exporter/codec/inventory_json.hpp"

namespace wgaudit {

InventorySource::InventorySource(std::string path)
    : path_(std::move(path)), inventory_(std::make_shared<const Inventory>()) {
  health_.configured = !path_.empty();
}

bool InventorySource::load(WallTime now) {
  if (!health_.configured) return true;
  LoadedInventory loaded = load_inventory(path_);
  health_.problems = std::move(loaded.problems);
  health_.last_reload_successful = loaded.inventory.has_value();
  if (loaded.inventory) {
    inventory_ = std::make_shared<const Inventory>(*std::move(loaded.inventory));
    health_.last_success = now;
  } else if (!loaded.revocations.empty()) {
    inventory_ = with_revocations(*inventory_, loaded.revocations);
  }
  return health_.last_reload_successful;
}

std::shared_ptr<const Inventory> with_revocations(const Inventory& inventory,
                                                  const std::vector<Record>& revocations) {
  auto copy = std::make_shared<Inventory>(inventory);
  for (const Record& revocation : revocations) {
    const Record* found = inventory.find(revocation.public_key);
    if (found == nullptr || found->status == Status::revoked) continue;
    Record& record = copy->records[static_cast<std::size_t>(found - inventory.records.data())];
    record.status = Status::revoked;
    record.revoked_at = revocation.revoked_at;
  }
  return copy;
}

}  // namespace wgaudit
