#include "collectors/netlink/arrange.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <span>
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
  std::memcpy(&head, key.bytes.data(), sizeof head);
  return std::endian::native == std::endian::little ? std::byteswap(head) : head;
}

// Public keys are uniform, so one distribution by their first bits leaves about one peer a bucket;
// keys that somebody chose to share those bits are sorted as any others.
std::vector<Place> places_in_order(const std::vector<Peer>& peers) {
  const unsigned bits = static_cast<unsigned>(std::bit_width(peers.size() | 1U));
  const auto bucket_of = [&](std::uint64_t head) { return head >> (64 - bits); };
  std::vector<std::uint32_t> ends((std::size_t{1} << bits) + 1);
  for (const Peer& peer : peers) ++ends[bucket_of(head_of(peer.public_key)) + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<Place> places(peers.size());
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    const std::uint64_t head = head_of(peers[i].public_key);
    places[ends[bucket_of(head)]++] = {head, i};
  }
  const auto before = [&](const Place& a, const Place& b) {
    if (a.head != b.head) return a.head < b.head;
    const auto order = peers[a.index].public_key <=> peers[b.index].public_key;
    return order != 0 ? order < 0 : a.index < b.index;
  };
  std::uint32_t begin = 0;
  for (const std::uint32_t end : std::span{ends}.first(ends.size() - 1)) {
    if (end - begin > 1) std::sort(places.begin() + begin, places.begin() + end, before);
    begin = end;
  }
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
