// A token bucket, as golang.org/x/time/rate is to the exporter-toolkit: `burst` tokens at first,
// one more each interval. Pure. One thread at a time.
#pragma once

#include <chrono>

#include "exporter/config/web_file.hpp"

namespace wgaudit {

class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateLimiter(const RateLimit& limit)
      : limit_(limit), tokens_(static_cast<double>(limit.burst)) {}
  [[nodiscard]] const RateLimit& limit() const { return limit_; }
  [[nodiscard]] bool allow(Time now);

 private:
  RateLimit limit_;
  double tokens_;  // at last_
  Time last_{};
};

}  // namespace wgaudit
