// The collector child's own program: confine itself, keep a spare, answer requests.
#pragma once

#include "collectors/model/targets.hpp"

namespace wgaudit {

// Runs in the process that CollectorProcess::start() forked; `socket` is its end of the pair.
// Ends the process when the other end is closed.
[[noreturn]] void run_child(int socket, const Targets& targets);

}  // namespace wgaudit
