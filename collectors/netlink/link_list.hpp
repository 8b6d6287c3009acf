// Lists the links of the calling thread's namespace, again if the listing is in doubt. Edge.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "collectors/netlink/channel.hpp"
#include "collectors/netlink/link_decoder.hpp"

namespace wgaudit {

using Retries = std::array<std::uint32_t, kRetryReasons>;

// Links of `kind`, or all if it is empty. Counts tries beyond the first in `retries`.
[[nodiscard]] LinkListing list_links(const NetlinkSystem& system, const std::string& kind,
                                     BootTime deadline, Retries& retries);

}  // namespace wgaudit
