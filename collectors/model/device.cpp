#include "collectors/model/device.hpp"

#include <algorithm>

namespace wgaudit {

std::string_view to_string(CollectorKind kind) {
  switch (kind) {
    case CollectorKind::netlink:
      return "netlink";
    case CollectorKind::uapi:
      return "uapi";
    case CollectorKind::dump:
      return "dump";
  }
  return "?";
}

std::string_view to_string(Implementation implementation) {
  switch (implementation) {
    case Implementation::kernel:
      return "kernel";
    case Implementation::userspace:
      return "userspace";
    case Implementation::unknown:
      return "unknown";
  }
  return "?";
}

std::string_view to_string(RetryReason reason) {
  switch (reason) {
    case RetryReason::interrupted:
      return "interrupted";
    case RetryReason::inconsistent:
      return "inconsistent";
    case RetryReason::truncated:
      return "truncated";
    case RetryReason::timed_out:
      return "timed_out";
    case RetryReason::error:
      return "error";
  }
  return "?";
}

const Peer* Device::find(const Key& key) const {
  const auto found = std::ranges::lower_bound(peers, key, {}, &Peer::public_key);
  return found != peers.end() && found->public_key == key ? &*found : nullptr;
}

void normalize(Device& device) {
  const auto in_order = [&] {
    std::uint32_t offset = 0;
    const Peer* before = nullptr;
    for (const Peer& peer : device.peers) {
      if (before != nullptr && !(before->public_key < peer.public_key)) return false;
      if (peer.prefix_offset != offset) return false;
      if (!std::ranges::is_sorted(device.prefixes_of(peer))) return false;
      offset += peer.prefix_count;
      before = &peer;
    }
    return offset == device.prefixes.size();
  };
  if (in_order()) return;
  std::ranges::sort(device.peers, {}, &Peer::public_key);
  std::vector<Cidr> prefixes;
  prefixes.reserve(device.prefixes.size());
  for (Peer& peer : device.peers) {
    const auto own = device.prefixes_of(peer);
    const auto offset = prefixes.size();
    prefixes.insert(prefixes.end(), own.begin(), own.end());
    std::sort(prefixes.begin() + static_cast<std::ptrdiff_t>(offset), prefixes.end());
    peer.prefix_offset = static_cast<std::uint32_t>(offset);
  }
  device.prefixes = std::move(prefixes);
}

}  // namespace wgaudit
