// An event of each kind, made up: for `events test`, and for tests. Pure.
#pragma once

#include <vector>

#include "audit/event.hpp"

namespace wgaudit {

// One of each action, in their order, without sequences. Addresses are those of RFC 5737 and RFC
// 3849.
[[nodiscard]] std::vector<Event> example_events(WallTime now);

}  // namespace wgaudit
