// Reads from nftables whether the namespace of the calling thread filters what it forwards. Edge.
#pragma once

#include "collectors/model/forwarding.hpp"
#include "collectors/netlink/channel.hpp"

namespace wgaudit {

// What becomes of forwarded packets that no rule asks anything about: never `off`. Of one
// generation of the rule set; where that changes at every try, `changing`. REQUIRES: nftables is
// there.
[[nodiscard]] Forwarding read_ruleset(const NetlinkSystem& system, BootTime deadline);

}  // namespace wgaudit
