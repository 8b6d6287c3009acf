#include "audit/merge.hpp"

#include <algorithm>
#include <iterator>

namespace wgaudit {
namespace {

class Builder {
 public:
  explicit Builder(Device& device) : device_(device) {}

  void add(Peer peer, std::span<const Cidr> first, std::span<const Cidr> second) {
    peer.prefix_offset = static_cast<std::uint32_t>(device_.prefixes.size());
    std::ranges::set_union(first, second, std::back_inserter(device_.prefixes));
    peer.prefix_count = static_cast<std::uint32_t>(device_.prefixes.size()) - peer.prefix_offset;
    device_.peers.push_back(peer);
  }

 private:
  Device& device_;
};

}  // namespace

Device merge_over(const Device& known, const Device& shown) {
  Device merged = shown;
  merged.peers.clear();
  merged.prefixes.clear();
  if (!merged.public_key) merged.public_key = known.public_key;
  if (!merged.link) merged.link = known.link;
  Builder builder(merged);
  auto old = known.peers.begin();
  const auto add_old = [&] { builder.add(*old, known.prefixes_of(*old), {}), ++old; };
  for (const Peer& peer : shown.peers) {
    while (old != known.peers.end() && old->public_key < peer.public_key) add_old();
    const bool both = old != known.peers.end() && old->public_key == peer.public_key;
    builder.add(peer, shown.prefixes_of(peer),
                both ? known.prefixes_of(*old) : std::span<const Cidr>{});
    if (both) ++old;
  }
  while (old != known.peers.end()) add_old();
  return merged;
}

}  // namespace wgaudit
