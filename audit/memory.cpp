#include "audit/memory.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

// Both sorted by key: one pass, so that 10,000 changes among 10,000 peers stay cheap.
void apply_peers(std::vector<PeerMemory>& peers, std::vector<PeerMemory> changed,
                 const std::vector<Key>& removed) {
  if (!changed.empty()) {
    std::vector<PeerMemory> merged;
    merged.reserve(peers.size() + changed.size());
    auto old = peers.begin();
    for (auto& peer : changed) {
      while (old != peers.end() && old->public_key < peer.public_key) {
        merged.push_back(std::move(*old++));
      }
      if (old != peers.end() && old->public_key == peer.public_key) ++old;
      merged.push_back(std::move(peer));
    }
    std::move(old, peers.end(), std::back_inserter(merged));
    peers = std::move(merged);
  }
  if (!removed.empty()) {
    std::erase_if(peers, [&](const PeerMemory& peer) {
      return std::ranges::binary_search(removed, peer.public_key);
    });
  }
}

}  // namespace

void Memory::apply(Delta delta) {
  for (auto& [from, to] : delta.renamed) {
    auto node = devices.extract(from);
    if (node.empty()) continue;
    node.key() = to;
    devices.insert(std::move(node));
  }
  for (auto& change : delta.devices) {
    DeviceMemory& device = devices[change.id];
    device.last = std::move(change.last);
    device.absent_since = change.absent_since;
    device.peer_set = change.peer_set;
    device.complete_at = change.complete_at;
    device.missing = std::move(change.missing);
    apply_peers(device.peers, std::move(change.changed), change.removed);
  }
  for (const auto& id : delta.removed_devices) devices.erase(id);
  for (const auto& id : delta.returned) departed.erase(id);
  for (auto& [id, last] : delta.departed) departed.insert_or_assign(std::move(id), last);
  findings = std::move(delta.findings);
  failures = std::move(delta.failures);
  sources = std::move(delta.sources);
  for (const auto& [rule, severity] : delta.opened) ++opened_total.at(rule, severity);
  ++polls;
}

}  // namespace wgaudit
