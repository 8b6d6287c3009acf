#include "collectors/netlink/standing_peers.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

// The peer of this key, from `at` on, in what is sorted; moves `at` there.
const Peer* seek(std::vector<Peer>::const_iterator& at, const std::vector<Peer>& peers,
                 const Key& key) {
  while (at != peers.end() && at->public_key < key) ++at;
  return at != peers.end() && at->public_key == key ? &*at : nullptr;
}

}  // namespace

std::vector<Key> StandingPeers::lacking(std::uint32_t ifindex, const Device& device) const {
  std::vector<Key> lacking;
  const auto known = devices_.find(ifindex);
  if (known == devices_.end()) return lacking;
  auto at = device.peers.begin();
  for (const Known& peer : known->second.peers) {
    const Peer* shown = seek(at, device.peers, peer.key);
    if (shown == nullptr || shown->prefix_count < peer.prefixes) lacking.push_back(peer.key);
  }
  return lacking;
}

void StandingPeers::stands(std::uint32_t ifindex, const Device& device, BootTime now) {
  Standing& standing = devices_[ifindex];
  standing.waits = 0;
  auto at = device.peers.begin();
  for (Known& peer : standing.peers) {
    const Peer* shown = seek(at, device.peers, peer.key);
    if (shown != nullptr && shown->prefix_count >= peer.prefixes) {
      peer.missed_since.reset();
      continue;
    }
    if (!peer.missed_since) peer.missed_since = now;
    if (now - *peer.missed_since < kMissedFor) continue;
    peer.prefixes = shown != nullptr ? shown->prefix_count : 0;
    if (shown != nullptr) peer.missed_since.reset();
  }
  std::erase_if(standing.peers, [&](const Known& peer) {
    return peer.missed_since && now - *peer.missed_since >= kMissedFor;
  });
  shows(ifindex, device);
}

void StandingPeers::shows(std::uint32_t ifindex, const Device& device) {
  std::vector<Known>& known = devices_[ifindex].peers;
  std::vector<Known> added;
  auto at = known.begin();
  for (const Peer& peer : device.peers) {
    while (at != known.end() && at->key < peer.public_key) ++at;
    if (at == known.end() || at->key != peer.public_key) {
      added.push_back({peer.public_key, peer.prefix_count, {}});
    } else if (at->prefixes < peer.prefix_count) {
      at->prefixes = peer.prefix_count;
    }
  }
  if (added.empty()) return;
  const auto middle = static_cast<std::ptrdiff_t>(known.size());
  known.insert(known.end(), added.begin(), added.end());
  std::ranges::inplace_merge(known, known.begin() + middle, {}, &Known::key);
}

bool StandingPeers::lose_patience(std::uint32_t ifindex) {
  return ++devices_[ifindex].waits >= kPatience;
}

void StandingPeers::keep_only(const std::vector<std::uint32_t>& listed) {
  std::erase_if(devices_, [&](const auto& device) {
    return std::ranges::find(listed, device.first) == listed.end();
  });
}

}  // namespace wgaudit
