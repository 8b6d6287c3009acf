// Reads every WireGuard device of the calling thread's network namespace: links, then a dump of
// each. Edge; what it decides about retries and failures is tested with a fake NetlinkSystem.
#pragma once

#include <string>
#include <vector>

#include "collectors/model/device.hpp"
#include "collectors/netlink/channel.hpp"
#include "collectors/netlink/standing_peers.hpp"
#include "collectors/secret/secret_buffer.hpp"

namespace wgaudit {

struct NamespaceId {
  std::string label;                    // "" = the exporter's own
  std::uint64_t device = 0, inode = 0;  // of its file, 0 where not known
};

struct NamespaceReading {
  SourceResult source;
  std::vector<Device> devices;  // sorted by name
  std::vector<DeviceFailure> failures;
};

struct ReadLimits {
  BootTime deadline;
  // When no device is looked at again: where a thousand namespaces are read for the first time, the
  // pauses would leave no time to read the last of them.
  BootTime looks_until;
};

// A receive buffer of this size is the largest that the kernel fills (SKB_WITH_OVERHEAD(32768)).
inline constexpr std::size_t kReceiveBufferBytes = std::size_t{32} << 10U;

// `buffer` gets the kernel's answers, private keys among them; it is wiped behind each one on every
// path. A dump that lacks peers of `standing`, and the first one of a device, is compared with
// further ones (second_look.hpp); one that stays short is incomplete, "interrupted". REQUIRES:
// buffer of kReceiveBufferBytes at least.
[[nodiscard]] NamespaceReading read_namespace(const NetlinkSystem& system, const NamespaceId& id,
                                              SecretBuffer& buffer, const ReadLimits& limits,
                                              StandingPeers& standing);

}  // namespace wgaudit
