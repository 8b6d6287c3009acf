#include <algorithm>

#include "audit/program_events.hpp"

namespace wgaudit {

std::vector<KeyOwner> key_owners(const ProgramScope& scope) {
  const auto& [memory, context, now, teller, delta] = scope;
  std::vector<KeyOwner> owners;
  const bool begins = !memory.started;
  if (!begins && delta.inventory == nullptr) return owners;
  const Inventory* before = begins ? nullptr : memory.inventory.get();
  for (const auto& [known_id, device] : memory.devices) {
    DeviceId id = known_id;
    for (const auto& [from, to] : delta.renamed) {
      if (from == known_id) id = to;
    }
    for (const PeerMemory& peer : device.peers) {
      if (!peer.is_told) continue;
      const Key& key = peer.public_key;
      std::string principal = principal_of(key, context.inventory->find(key));
      if (before != nullptr && principal == principal_of(key, before->find(key))) continue;
      owners.push_back({id, key, std::move(principal)});
    }
  }
  return owners;
}

}  // namespace wgaudit
