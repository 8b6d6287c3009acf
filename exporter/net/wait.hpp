// Waiting for a descriptor: never beyond a deadline, and not after an interruption.
#pragma once

#include <chrono>
#include <cstdint>

#include "exporter/net/descriptor.hpp"

namespace wgaudit {

using Deadline = std::chrono::steady_clock::time_point;

// Ends all waiting that is given it, now and from now on. interrupt(): any thread.
class Interruption {
 public:
  Interruption();
  void interrupt() const;
  [[nodiscard]] int fd() const { return event_.fd(); }  // readable once interrupted

 private:
  Descriptor event_;
};

enum class Ready : std::uint8_t { yes, late, interrupted, failed };

// `events` as poll(2) has them; an error or a hang-up of the descriptor is `yes` too: the call that
// follows says which.
[[nodiscard]] Ready wait_for(int fd, short events, Deadline deadline, const Interruption& stop);
// "timed out" and the like; "" for yes.
[[nodiscard]] const char* why_not(Ready ready);

}  // namespace wgaudit
