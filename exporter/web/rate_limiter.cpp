#include "exporter/web/rate_limiter.hpp"

#include <algorithm>

namespace wgaudit {

bool RateLimiter::allow(Time now) {
  if (limit_.interval <= Duration{0}) return true;
  using Intervals = std::chrono::duration<double, Duration::period>;
  const double passed = std::max(now - last_, Time::duration{0}) / Intervals{limit_.interval};
  tokens_ = std::min(static_cast<double>(limit_.burst), tokens_ + passed);
  last_ = std::max(last_, now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace wgaudit
