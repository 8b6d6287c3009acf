// Who holds which prefix on a device, and which lie inside those of others. Built when the prefixes
// of the device change, not every poll.
#pragma once

#include <memory>
#include <vector>

#include "collectors/model/device.hpp"

namespace wgaudit {

struct PrefixHolder {
  Cidr prefix;
  Key holder;
};

// `inner` lies inside `outer` of another peer: the innermost one that is no default route.
struct PrefixOverlap {
  Cidr inner;
  Key holder;
  Cidr outer;
  Key outer_holder;
};

struct PrefixIndex {
  std::vector<PrefixHolder> holders;    // by prefix; the kernel has each once
  std::vector<PrefixOverlap> overlaps;  // by holder and inner prefix

  // Null: nobody.
  [[nodiscard]] const Key* holder_of(const Cidr& prefix) const;
};

[[nodiscard]] PrefixIndex index_prefixes(const Device& device);

// `before`, of the device as it was last known, where the prefixes are the same; else a new one.
[[nodiscard]] std::shared_ptr<const PrefixIndex> index_prefixes(
    const Device& device, const Device* last, const std::shared_ptr<const PrefixIndex>& before);

}  // namespace wgaudit
