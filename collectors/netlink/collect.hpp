// The netlink collector: links of kind `wireguard` with their statistics, then a WG_CMD_GET_DEVICE
// dump for each, in every namespace asked for (linux/wireguard.h, linux/if_link.h).
#pragma once

#include <expected>
#include <map>
#include <span>
#include <string>

#include "collectors/model/device.hpp"
#include "collectors/model/error.hpp"
#include "collectors/model/targets.hpp"
#include "collectors/netlink/standing_peers.hpp"

namespace wgaudit {

// Appends one SourceResult a namespace, its devices and failures to `observation`. Sets
// memory_locked. Nothing of a namespace outlives the call. Stops at `deadline`: what is left then
// is failed with "timed out". `standing` is what the process knows of the polls before. A directory
// of named namespaces that cannot be listed is a failed source of kAllNamespaces. It is another one
// than /run/netns in tests only. One thread (setns(2)).
void collect_netlink(const Targets& targets, BootTime deadline, StandingPeersOfAll& standing,
                     Observation& observation,
                     const std::string& named = std::string(kAllNamespaces));

// The links (of any kind) with one of these names in the own namespace, for devices of userspace
// implementations; needs no capability.
[[nodiscard]] std::expected<std::map<std::string, Link>, Error> read_own_links();

// For those of them that have a link. The filters take CAP_NET_ADMIN, as the netlink collector
// does.
void read_own_forwarding(std::span<Device> devices);

}  // namespace wgaudit
