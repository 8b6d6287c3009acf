// When something that changes has stood still for long enough to be taken. Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "collectors/model/time.hpp"

namespace wgaudit {

// `T`: what a look at it shows; two looks that show the same are of the same state.
template <typename T>
class Quiet {
 public:
  Quiet(T taken, Duration settle) : taken_(taken), seen_(std::move(taken)), settle_(settle) {}

  // It was looked at. Only what differs from the look before disturbs the quiet.
  void look(T now_there, BootTime now) {
    if (now_there != seen_) {
      seen_ = std::move(now_there);
      since_ = now;
    }
    if (taken_ == seen_) since_.reset();
  }
  // It is being taken as this look shows it.
  void take(T now_there) {
    seen_ = std::move(now_there);
    taken_ = seen_;
    since_.reset();
  }
  // What was taken is not to be relied on: to be taken again after as much quiet.
  void distrust(BootTime now) {
    taken_.reset();
    since_ = now;
  }

  // Until it may be taken, if it stays as it is; absent: there is nothing new.
  [[nodiscard]] std::optional<Duration> due_in(BootTime now) const {
    if (!since_) return std::nullopt;
    return std::max(*since_ + settle_ - now, Duration{0});
  }

 private:
  std::optional<T> taken_;  // absent: never equal to what is seen
  T seen_;
  Duration settle_;
  std::optional<BootTime> since_;  // of quiet, while something differs from what was taken
};

}  // namespace wgaudit
