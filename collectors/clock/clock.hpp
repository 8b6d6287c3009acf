// The one seam to the system's clocks. Everything else takes time as an argument.
#pragma once

#include "collectors/model/time.hpp"

namespace wgaudit {

[[nodiscard]] BootTime read_boot_clock();  // CLOCK_BOOTTIME
[[nodiscard]] WallTime read_wall_clock();  // CLOCK_REALTIME
[[nodiscard]] Now read_clocks();           // both, and /proc/sys/kernel/random/boot_id

}  // namespace wgaudit
