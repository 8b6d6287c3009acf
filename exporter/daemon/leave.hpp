// The end of a process whose threads may hang in a disk.
#pragma once

#include <chrono>
#include <functional>

namespace wgaudit {

// A thread of its own ends the process at that time, as it stands, unless it has ended by then:
// all that is promised is on the disk already. What waits for a disk can be neither woken nor
// joined.
void leave_at(std::chrono::steady_clock::time_point time, std::function<int()> exit_code);

}  // namespace wgaudit
