// Whether the wall clock can be trusted with an age that something is thrown away for: it has to
// have gone with CLOCK_BOOTTIME for an hour. One that jumps ahead makes everything old. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "collectors/model/time.hpp"

namespace wgaudit {

class SteadyWall {
 public:
  static constexpr Duration kStep = std::chrono::seconds{2};  // as judge() tells of them (SPEC §6)
  static constexpr Duration kPatience = std::chrono::hours{1};

  // Nothing before this counts.
  void restart() { since_.reset(); }
  // To be asked often: a jump there and back between two calls is not seen, and does no harm.
  void look(WallTime wall, BootTime boot) {
    const Duration offset = wall.time_since_epoch() - boot.time_since_epoch();
    if (since_ && std::chrono::abs(offset - offset_) <= kStep) return;
    offset_ = offset;
    since_ = boot;
  }
  // For an age of more than `limit`, as of the last look.
  [[nodiscard]] bool tells_age(BootTime boot, Duration limit) const {
    return since_ && boot - *since_ >= std::min(limit, kPatience);
  }

 private:
  std::optional<BootTime> since_;
  Duration offset_{};
};

}  // namespace wgaudit
