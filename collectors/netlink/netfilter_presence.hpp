// Whether nftables and legacy iptables are there, told from /sys and /proc: to ask nfnetlink itself
// would make the kernel load nf_tables (request_module() in net/netfilter/nfnetlink.c). Edge.
#pragma once

#include <cstdint>

#include "collectors/netlink/channel.hpp"

namespace wgaudit {

enum class Presence : std::uint8_t { absent, present, unknown };

// Of nf_tables. REQUIRES for `present`: to be asked at once, before the module is unloaded.
[[nodiscard]] Presence nftables_presence(const NetlinkSystem& system);

// Whether legacy tables filter, or may, in the calling thread's namespace.
[[nodiscard]] bool has_legacy_ipv4(const NetlinkSystem& system);
[[nodiscard]] bool has_legacy_ipv6(const NetlinkSystem& system);

}  // namespace wgaudit
