// Brings a device as it was decoded into the order that Device promises. Pure.
#pragma once

#include "collectors/model/device.hpp"

namespace wgaudit {

// Sorts peers by key and each peer's prefixes. Of two records of one peer the later stays: the peer
// was removed and added again behind the cursor of the dump. Returns false if there was such a one.
[[nodiscard]] bool arrange(Device& device);

}  // namespace wgaudit
