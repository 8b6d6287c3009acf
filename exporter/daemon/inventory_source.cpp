#include "exporter/daemon/inventory_source.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "exporter/codec/sha256.hpp"
#include "exporter/daemon/inventory_copy.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMinShrink = 20;  // records; fewer are never too many
constexpr int kTriesAtStart = 3;

using Keys = std::unordered_set<Key, KeyHash>;

struct Shrinkage {
  std::size_t before = 0;  // records in use
  std::size_t lost = 0;    // of them, gone or revoked
};

// `revoked`: in use as far as an accepted text says, or the second load of a text that was rejected
// for its revocations would find nothing left to revoke.
Shrinkage shrinkage(const Inventory& before, const Keys& revoked, const Inventory& after) {
  Shrinkage shrinkage;
  for (const Record& record : before.records) {
    if (record.status == Status::revoked && !revoked.contains(record.public_key)) continue;
    ++shrinkage.before;
    const Record* now = after.find(record.public_key);
    if (now == nullptr || now->status == Status::revoked) ++shrinkage.lost;
  }
  return shrinkage;
}

bool too_much(const Shrinkage& s, double max_shrink) {
  // 18 of 60 are 30 %, though 0.3 in binary is not quite.
  const double most = max_shrink * static_cast<double>(s.before) + 1e-6;
  return s.lost >= kMinShrink && static_cast<double>(s.lost) > most;
}

Problem shrunk(const std::string& path, const Shrinkage& s, double max_shrink) {
  return {Problem::Severity::error, path, "",
          "drops or revokes " + std::to_string(s.lost) + " of " + std::to_string(s.before) +
              " records, more than inventory.max-shrink allows (" +
              std::to_string(std::lround(max_shrink * 100)) + " %): SIGHUP confirms it"};
}

std::vector<Record> take_revoked(Inventory& inventory) {
  std::vector<Record> revoked;
  for (Record& record : inventory.records) {
    if (record.status == Status::revoked) revoked.push_back(std::move(record));
  }
  return revoked;
}

std::string fingerprint_of(const LoadedInventory& rejected) {
  if (!rejected.sha256.empty()) return rejected.sha256;
  Sha256 digest;
  for (const Problem& problem : rejected.problems) digest.add(to_string(problem) + '\n');
  return digest.hex();
}

}  // namespace

InventorySource::InventorySource(std::string path, InventoryOptions options)
    : path_(std::move(path)),
      options_(std::move(options)),
      inventory_(std::make_shared<const Inventory>()) {
  health_.configured = !path_.empty();
}

void InventorySource::restore(InventoryCopy copy) {
  if (health_.configured) copy_ = std::move(copy);
}

LoadOutcome InventorySource::load(Cause cause, WallTime now) {
  if (!health_.configured) return LoadOutcome::accepted;
  LoadedInventory loaded = read_file(cause);
  if (loaded.changed_while_read && cause != Cause::start) {
    hangup_unsettled_ = hangup_unsettled_ || cause == Cause::hangup;
    return LoadOutcome::unsettled;
  }
  const bool hangup = std::exchange(hangup_unsettled_, false) || cause == Cause::hangup;
  // The text is the one of the copy, as after most restarts: it need not be read twice.
  const bool unchanged = copy_ && loaded.inventory && loaded.sha256 == copy_->sha256;
  health_.problems.clear();
  if (copy_ && !unchanged) use_copy(*copy_);
  copy_.reset();
  // Another path is another inventory, not one that shrank.
  if (in_force_ && inventory_->path == path_) guard(loaded, hangup);
  health_.rejected = loaded.inventory ? "" : fingerprint_of(loaded);
  std::ranges::move(loaded.problems, std::back_inserter(health_.problems));
  health_.last_reload_successful = loaded.inventory.has_value();
  if (!loaded.inventory) {
    revoke(loaded.revocations);
    return LoadOutcome::rejected;
  }
  accept(*std::move(loaded.inventory), now);
  if (unchanged) restored_ = inventory_;
  return LoadOutcome::accepted;
}

LoadedInventory InventorySource::read_file(Cause cause) const {
  LoadedInventory loaded = options_.load(path_);
  if (cause != Cause::start) return loaded;
  for (int tries = 1; loaded.changed_while_read && tries < kTriesAtStart; ++tries) {
    loaded = options_.load(path_);
  }
  return loaded;
}

void InventorySource::use_copy(const InventoryCopy& copy) {
  auto restored = read_copy(copy);
  if (!restored) {
    health_.problems.push_back({Problem::Severity::warning, path_, "", restored.error().message()});
    return;
  }
  inventory_ = restored_ = std::make_shared<const Inventory>(*std::move(restored));
  in_force_ = true;
}

// Turns a load that loses too much into a rejected one, unless it is confirmed.
void InventorySource::guard(LoadedInventory& loaded, bool confirmed) {
  if (!loaded.inventory || (confirmed && loaded.sha256 == guarded_sha256_)) return;
  Inventory& next = *loaded.inventory;
  const Shrinkage lost = shrinkage(*inventory_, revoked_, next);
  if (!too_much(lost, options_.max_shrink)) return;
  guarded_sha256_ = loaded.sha256;
  loaded.problems.push_back(shrunk(path_, lost, options_.max_shrink));
  loaded.revocations = take_revoked(next);
  loaded.inventory.reset();
}

void InventorySource::accept(Inventory inventory, WallTime now) {
  inventory_ = std::make_shared<const Inventory>(std::move(inventory));
  in_force_ = true;
  revoked_.clear();
  guarded_sha256_.clear();
  health_.last_success = now;
}

void InventorySource::revoke(const std::vector<Record>& revocations) {
  std::vector<Record> effective;
  for (const Record& record : revocations) {
    const Record* found = inventory_->find(record.public_key);
    if (found == nullptr || found->status == Status::revoked) continue;
    effective.push_back(record);
    revoked_.insert(record.public_key);
  }
  if (!effective.empty()) inventory_ = with_revocations(*inventory_, effective);
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
