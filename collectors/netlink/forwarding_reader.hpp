// Reads of links in the calling thread's namespace whether the kernel forwards what comes in on
// them, and whether nftables filters it. Edge; what it concludes is tested with a fake
// NetlinkSystem. It makes the kernel load no module.
#pragma once

#include <span>

#include "collectors/model/device.hpp"
#include "collectors/netlink/channel.hpp"

namespace wgaudit {

// Sets `forwarding` of each device that has a link. The rule set is read once, and only if
// something is forwarded.
void read_forwarding(const NetlinkSystem& system, BootTime deadline, std::span<Device> devices);

}  // namespace wgaudit
