// Time as values: wall clock, boot clock, RFC 3339 and Prometheus durations. Pure: reads no clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wgaudit {

using Duration = std::chrono::nanoseconds;

// CLOCK_REALTIME. The epoch itself means "never" where a field says so.
using WallTime = std::chrono::sys_time<Duration>;

// CLOCK_BOOTTIME: goes on during suspend, never steps; what durations that decide are measured by.
struct BootClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<BootClock, Duration>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;

// Both clocks at one instant, read once a poll, and the boot that `boot` belongs to.
struct Now {
  WallTime wall;
  BootTime boot;
  std::string boot_id;  // /proc/sys/kernel/random/boot_id
};

// RFC 3339 with any offset and up to nine fraction digits; a bare date is its midnight UTC.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);
// UTC, three fraction digits: "2026-08-01T00:00:00.000Z".
[[nodiscard]] std::string to_rfc3339(WallTime time);
// Seconds as a decimal number, without trailing zeros.
[[nodiscard]] double to_seconds(Duration duration);
[[nodiscard]] double to_seconds(WallTime time);
// seconds and nanoseconds of a kernel timespec, clamped to what WallTime can hold. Only 0/0 gives
// the epoch ("never"): a negative or absurd value stays a value.
[[nodiscard]] WallTime from_timespec(std::int64_t seconds, std::int64_t nanoseconds);

// As Prometheus writes them: "90s", "1h30m", "2w", "0". Units y w d h m s ms, each at most once and
// in that order.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);
[[nodiscard]] std::string to_string(Duration duration);

}  // namespace wgaudit
