// The inventory file and what is in force of it: the last good one, whatever happens to the file.
//
//   InventorySource source(path, options);
//   if (stored) source.restore(*std::move(stored));
//   source.load(Cause::start, now);
//   if (!source.usable()) …   // the file is bad and there is nothing to fall back on
//
// A load that is rejected changes nothing but health(), and that its revocations hold: until a load
// is accepted, which is the whole truth again. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "audit/inventory.hpp"
#include "audit/view.hpp"
#include "collectors/model/time.hpp"
#include "exporter/codec/inventory_json.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

// Why a load is made.
enum class Cause : std::uint8_t { start, change, hangup };
// `unsettled`: the file changed while it was read, and nothing was decided: try again when it is
// quiet. Never at the start, where it is rejected after some tries.
enum class LoadOutcome : std::uint8_t { accepted, rejected, unsettled };

struct InventoryOptions {
  // A load that drops or revokes more than this share of the records, and at least 20, is rejected
  // until SIGHUP asks for the same text.
  double max_shrink = 0.30;
  std::function<LoadedInventory(const std::string& path)> load = load_inventory;
};

class InventorySource {
 public:
  explicit InventorySource(std::string path, InventoryOptions options = {});  // "": none configured

  // The copy of the last good one that the state database holds, for the load that follows: it is
  // in force where that is rejected, and what the shrinkage is measured by. A copy of another path
  // is in force all the same (Inventory::path says which), and nothing is measured by it. One that
  // cannot be used is ignored, with a warning among the problems. REQUIRES: before the first load.
  void restore(InventoryCopy copy);

  LoadOutcome load(Cause cause, WallTime now);

  // Never null; empty where nothing is configured or usable.
  [[nodiscard]] std::shared_ptr<const Inventory> inventory() const { return inventory_; }
  [[nodiscard]] const InventoryHealth& health() const { return health_; }
  // Whether there is what to judge by: a good inventory, or none is asked for.
  [[nodiscard]] bool usable() const { return !health_.configured || in_force_; }

  // After the first load: what the copy held, to tell changes since then by. The same object as
  // inventory() where nothing changed; null: there was no copy, or it could not be used.
  [[nodiscard]] std::shared_ptr<const Inventory> take_restored() { return std::move(restored_); }

 private:
  LoadedInventory read_file(Cause cause) const;
  void use_copy(const InventoryCopy& copy);
  void guard(LoadedInventory& loaded, bool confirmed);
  void accept(Inventory inventory, WallTime now);
  void revoke(const std::vector<Record>& revocations);

  std::string path_;
  InventoryOptions options_;
  std::shared_ptr<const Inventory> inventory_, restored_;
  bool in_force_ = false;  // `inventory_` was accepted, now or in an earlier run
  std::optional<InventoryCopy> copy_;
  std::unordered_set<Key, KeyHash> revoked_;  // in `inventory_`, by a text that was rejected
  std::string guarded_sha256_;                // of the text that SIGHUP may confirm
  bool hangup_unsettled_ = false;             // the next load stands for one that was
  InventoryHealth health_;
};

// A copy in which the keys of `revocations` are revoked. REQUIRES: an inventory with an index.
[[nodiscard]] std::shared_ptr<const Inventory> with_revocations(
    const Inventory& inventory, const std::vector<Record>& revocations);

}  // namespace wgaudit
