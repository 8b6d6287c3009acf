// What traffic is usual for a peer, and whether a minute is above it. Values and arithmetic, no
// I/O.
//
// The bytes of a minute are received and sent together, between whole minutes of CLOCK_BOOTTIME;
// what came between two polls is spread evenly over the time between them. A minute that was not
// observed from end to end (the first one of a run, one with a gap) is neither judged nor learned.
// A counter that went back began again at zero.
//
// A minute is active from 1 KiB: keepalives and handshakes alone stay below. Of active minutes the
// mean and the variance of log2(bytes) are learned, exponentially weighted with a half-life of 7
// days of them; until there are so many, as the plain mean of all, so that the first minute does
// not stand for a week. After 24 hours of them a minute is above the usual if log2 of its bytes is
// above mean + 4 deviations, a deviation being at least 1/4: less than double the mean is nothing
// unusual however even the traffic is. A minute above the usual is learned as if it were at the
// limit, so that an anomaly raises its own limit slowly: one that is the new normal is so after
// days.
#pragma once

#include <cstdint>
#include <optional>

#include "collectors/model/device.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

inline constexpr std::uint32_t kTrafficHalfLife = 7 * 24 * 60;  // active minutes
inline constexpr std::uint32_t kTrafficWarmUp = 24 * 60;        // likewise
inline constexpr std::uint64_t kActiveBytes = 1024;             // in a minute
inline constexpr double kTrafficDeviations = 4;
inline constexpr double kLeastDeviation = 0.25;
inline constexpr unsigned kTrafficMinutes = 5;  // in a row

// Learned. Survives restarts.
struct TrafficLevel {
  double mean = 0, variance = 0;  // of log2(bytes of an active minute)
  std::uint32_t minutes = 0;      // active ones, ever
  friend bool operator==(const TrafficLevel&, const TrafficLevel&) = default;
};
// The bytes of a minute above which it is unusual. Absent: not enough is learned.
[[nodiscard]] std::optional<double> limit_of(const TrafficLevel& level);
[[nodiscard]] TrafficLevel learn_minute(const TrafficLevel& level, std::uint64_t bytes);

// The minute that is being counted, and those judged before it. Of this run.
struct TrafficWatch {
  std::optional<BootTime> minute;  // when it began; absent: nothing is counted
  std::uint64_t base = 0;          // counter at its beginning (modulo 2^64)
  std::uint32_t above = 0;         // minutes in a row above the usual and the floor
  std::uint64_t last_bytes = 0;    // of the last minute that was judged
  bool whole = false;              // observed from its beginning
  bool judged = false;             // some minute was, since the observation began
  friend bool operator==(const TrafficWatch&, const TrafficWatch&) = default;
};

// The counter of both directions at a poll.
struct TrafficReading {
  BootTime at{};
  std::uint64_t bytes = 0;
};
[[nodiscard]] inline std::uint64_t traffic_of(const Peer& peer) {
  return peer.received_bytes + peer.sent_bytes;
}

// Whether the minute that is counted ended by then, or none is: watch() has something to do.
[[nodiscard]] bool minute_ended(const TrafficWatch& watch, BootTime now);

struct TrafficStep {
  TrafficLevel level;
  TrafficWatch watch;
};
// `before` is the poll before; absent at first sight and after a gap in observation: the count
// begins anew. `floor`: bytes of a minute up to which nothing is unusual.
[[nodiscard]] TrafficStep watch_traffic(const TrafficLevel& level, const TrafficWatch& watch,
                                        const std::optional<TrafficReading>& before,
                                        const TrafficReading& now, std::uint64_t floor);

}  // namespace wgaudit
