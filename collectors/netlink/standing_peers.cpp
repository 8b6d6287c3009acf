#include "collectors/netlink/standing_peers.hpp"

#include <algorithm>
#include <iterator>

namespace wgaudit {

std::vector<Key> StandingPeers::lacking(std::uint32_t ifindex, const Device& device) const {
  std::vector<Key> lacking;
  const auto known = peers_.find(ifindex);
  if (known == peers_.end()) return lacking;
  auto shown = device.peers.begin();
  for (const Key& key : known->second) {
    while (shown != device.peers.end() && shown->public_key < key) ++shown;
    if (shown == device.peers.end() || shown->public_key != key) lacking.push_back(key);
  }
  return lacking;
}

void StandingPeers::stands(std::uint32_t ifindex, const Device& device) {
  std::vector<Key>& keys = peers_[ifindex];
  keys.clear();
  std::ranges::transform(device.peers, std::back_inserter(keys), &Peer::public_key);
}

void StandingPeers::keep_only(const std::vector<std::uint32_t>& listed) {
  std::erase_if(peers_, [&](const auto& device) {
    return std::ranges::find(listed, device.first) == listed.end();
  });
}

}  // namespace wgaudit
