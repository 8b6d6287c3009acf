#include "collectors/netlink/arrange.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wgaudit {
namespace {

// A peer's place. Keys are uniform, so their first bytes decide nearly every comparison, and 16
// bytes move where a whole Peer would.
struct Place {
  std::uint64_t head;
  std::uint32_t index;
};

std::uint64_t head_of(const Key& key) {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < sizeof head; ++i) head = head << 8U | key.bytes[i];
  return head;
}

std::vector<Place> places_in_order(const std::vector<Peer>& peers) {
  std::vector<Place> places;
  places.reserve(peers.size());
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    places.push_back({head_of(peers[i].public_key), i});
  }
  std::ranges::sort(places, [&](const Place& a, const Place& b) {
    if (a.head != b.head) return a.head < b.head;
    const auto order = peers[a.index].public_key <=> peers[b.index].public_key;
    return order != 0 ? order < 0 : a.index < b.index;
  });
  return places;
}

void append_prefixes(std::vector<Cidr>& to, std::span<const Cidr> prefixes) {
  const auto begin = to.insert(to.end(), prefixes.begin(), prefixes.end());
  if (prefixes.size() < 2) return;
  std::sort(begin, to.end());
  // A list that changed between two parts of a split peer can show a prefix twice.
  to.erase(std::unique(begin, to.end()), to.end());
}

}  // namespace

bool arrange(Device& device) {
  const auto places = places_in_order(device.peers);
  std::vector<Peer> peers;
  std::vector<Cidr> prefixes;
  peers.reserve(device.peers.size());
  prefixes.reserve(device.prefixes.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Peer& peer = device.peers[places[i].index];
    if (i + 1 < places.size() && device.peers[places[i + 1].index].public_key == peer.public_key) {
      continue;
    }
    const auto offset = prefixes.size();
    append_prefixes(prefixes, device.prefixes_of(peer));
    peers.push_back(peer);
    peers.back().prefix_offset = static_cast<std::uint32_t>(offset);
    peers.back().prefix_count = static_cast<std::uint32_t>(prefixes.size() - offset);
  }
  const bool unique = peers.size() == device.peers.size();
  device.peers = std::move(peers);
  device.prefixes = std::move(prefixes);
  return unique;
}

}  // namespace wgaudit
