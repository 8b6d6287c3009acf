// One round over every collector that the targets ask for: what the child does for a request.
#pragma once

#include <map>
#include <string>

#include "collectors/model/device.hpp"
#include "collectors/model/targets.hpp"
#include "collectors/netlink/standing_peers.hpp"

namespace wgaudit {

// Reads everything, stops at `deadline`; the result keeps the promises of Observation and fits the
// wire's limits. `standing` is kept from one call to the next. One thread (setns(2)).
[[nodiscard]] Observation observe(const Targets& targets, BootTime deadline,
                                  StandingPeersOfAll& standing);

// Sorts the devices by (netns, name). Of two with one name the kernel's stays, then the userspace
// one; the others, and what is beyond the wire's limits, become failures. Pure.
void settle_devices(Observation& observation);

// Gives the devices of userspace implementations in the own namespace the links of their name.
void attach_links(const std::map<std::string, Link>& links, Observation& observation);

}  // namespace wgaudit
