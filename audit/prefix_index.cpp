#include "audit/prefix_index.hpp"

#include <algorithm>
#include <tuple>

namespace wgaudit {
namespace {

bool same_prefixes(const Device& a, const Device& b) {
  const auto same_peer = [](const Peer& x, const Peer& y) {
    return x.prefix_count == y.prefix_count && x.public_key == y.public_key;
  };
  return a.prefixes == b.prefixes && std::ranges::equal(a.peers, b.peers, same_peer);
}

}  // namespace

const Key* PrefixIndex::holder_of(const Cidr& prefix) const {
  const auto found = std::ranges::lower_bound(holders, prefix, {}, &PrefixHolder::prefix);
  return found != holders.end() && found->prefix == prefix ? &found->holder : nullptr;
}

PrefixIndex index_prefixes(const Device& device) {
  PrefixIndex index;
  index.holders.reserve(device.prefixes.size());
  for (const Peer& peer : device.peers) {
    for (const Cidr& prefix : device.prefixes_of(peer)) {
      index.holders.push_back({prefix, peer.public_key});
    }
  }
  // Outer before inner: what encloses a prefix is on the stack when it comes.
  std::ranges::sort(index.holders, {}, &PrefixHolder::prefix);
  std::vector<const PrefixHolder*> enclosing;
  for (const PrefixHolder& inner : index.holders) {
    while (!enclosing.empty() && !contains(enclosing.back()->prefix, inner.prefix)) {
      enclosing.pop_back();
    }
    const auto outer = std::find_if(
        enclosing.rbegin(), enclosing.rend(),
        [&](const PrefixHolder* candidate) { return candidate->holder != inner.holder; });
    if (outer != enclosing.rend()) {
      index.overlaps.push_back({inner.prefix, inner.holder, (*outer)->prefix, (*outer)->holder});
    }
    if (!is_default_route(inner.prefix)) enclosing.push_back(&inner);
  }
  std::ranges::sort(index.overlaps, {}, [](const PrefixOverlap& overlap) {
    return std::tie(overlap.holder, overlap.inner);
  });
  return index;
}

std::shared_ptr<const PrefixIndex> index_prefixes(
    const Device& device, const Device* last, const std::shared_ptr<const PrefixIndex>& before) {
  if (before != nullptr && last != nullptr && same_prefixes(device, *last)) return before;
  return std::make_shared<const PrefixIndex>(index_prefixes(device));
}

}  // namespace wgaudit
