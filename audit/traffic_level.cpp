#include "audit/traffic_level.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wgaudit {
namespace {

constexpr Duration kMinute = std::chrono::minutes{1};

BootTime minute_of(BootTime time) {
  return BootTime{std::chrono::floor<std::chrono::minutes>(time.time_since_epoch())};
}

// log2 of the bytes above which a minute is unusual.
double log_limit(const TrafficLevel& level) {
  const double deviation = std::max(std::sqrt(level.variance), kLeastDeviation);
  return level.mean + kTrafficDeviations * deviation;
}

bool is_warm(const TrafficLevel& level) { return level.minutes >= kTrafficWarmUp; }

// A part of `bytes`, in proportion to the time.
std::uint64_t share(std::uint64_t bytes, Duration part, Duration whole) {
  const double ratio = static_cast<double>(part.count()) / static_cast<double>(whole.count());
  return static_cast<std::uint64_t>(static_cast<double>(bytes) * ratio);
}

void end_minute(TrafficStep& step, std::uint64_t bytes, std::uint64_t floor) {
  if (!step.watch.whole) return;
  const auto limit = limit_of(step.level);
  const bool above = limit && static_cast<double>(bytes) > *limit && bytes > floor;
  step.watch.above = above ? step.watch.above + 1 : 0;
  step.watch.last_bytes = bytes;
  step.watch.judged = true;
  if (bytes >= kActiveBytes) step.level = learn_minute(step.level, bytes);
}

}  // namespace

std::optional<double> limit_of(const TrafficLevel& level) {
  if (!is_warm(level)) return std::nullopt;
  return std::exp2(log_limit(level));
}

TrafficLevel learn_minute(const TrafficLevel& level, std::uint64_t bytes) {
  static const double kWeight = 1 - std::exp2(-1.0 / kTrafficHalfLife);
  TrafficLevel next = level;
  if (next.minutes < std::numeric_limits<std::uint32_t>::max()) ++next.minutes;
  double value = std::log2(static_cast<double>(std::max<std::uint64_t>(bytes, 1)));
  if (is_warm(level)) value = std::min(value, log_limit(level));
  const double weight = std::max(kWeight, 1.0 / next.minutes);
  const double distance = value - level.mean;
  next.mean += weight * distance;
  next.variance = (1 - weight) * (level.variance + weight * distance * distance);
  return next;
}

bool minute_ended(const TrafficWatch& watch, BootTime now) {
  return !watch.minute || now - *watch.minute >= kMinute;
}

TrafficStep watch_traffic(const TrafficLevel& level, const TrafficWatch& watch,
                          const std::optional<TrafficReading>& before, const TrafficReading& now,
                          std::uint64_t floor) {
  TrafficStep step{level, watch};
  if (!before || !watch.minute || now.at <= before->at) {
    step.watch = {minute_of(now.at), now.bytes, 0, 0, false, false};
    return step;
  }
  // A counter that went back: all that it shows came since.
  const bool reset = now.bytes < before->bytes;
  const std::uint64_t came = reset ? now.bytes : now.bytes - before->bytes;
  const Duration between = now.at - before->at;
  for (BootTime end = *watch.minute + kMinute; end <= now.at; end += kMinute) {
    const Duration part = std::max(end - before->at, Duration{0});
    const std::uint64_t at_end = before->bytes + share(came, part, between);
    const std::uint64_t bytes = at_end - step.watch.base;
    // One that was set back within the minute, unseen: what it shows is the least that came.
    const bool unseen_reset = static_cast<std::int64_t>(bytes) < 0;
    end_minute(step, unseen_reset ? at_end : bytes, floor);
    step.watch.minute = end;
    step.watch.base = at_end;
    step.watch.whole = true;
  }
  if (reset) step.watch.base -= before->bytes;
  return step;
}

}  // namespace wgaudit
