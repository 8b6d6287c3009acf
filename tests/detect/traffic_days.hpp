// Weeks of traffic of a peer, a minute at a time, and what traffic_anomaly makes of it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "audit/traffic_level.hpp"
#include "tests/detect/random.hpp"

namespace wgaudit::test {

inline constexpr std::uint64_t kMinutesOfDay = 1440;

// A peer. Of log2(bytes a minute) it has a level and a spread that lasts for minutes.
struct TrafficProfile {
  double level = 18, spread = 1;     // of log2
  double persistence = 0.9;          // correlation from minute to minute
  bool office_hours = false;         // Monday to Friday, 8 to 18
  double active = 1;                 // of the minutes of its hours
  double downloads = 0;              // a minute, each of some minutes far above
  std::uint64_t backup_minutes = 0;  // each night from 2 o'clock
  double backup_level = 28;
};

struct TrafficScenario {
  std::string_view name;
  TrafficProfile profile;
  std::uint64_t floor;  // traffic_floor, bytes a minute
  // Findings of a peer in 30 days at most; how many peers at least show a burst of an hour, 8 and
  // 512 times the mean minute; and how many at most the first video call of 45 minutes.
  double most_findings, least_seen_8, least_seen_512, most_seen_call;
};
[[nodiscard]] std::span<const TrafficScenario> traffic_scenarios();

class TrafficSource {
 public:
  TrafficSource(const TrafficProfile& profile, std::uint64_t seed);
  [[nodiscard]] std::uint64_t next_minute();

 private:
  [[nodiscard]] bool in_use();
  TrafficProfile profile_;
  Random random_;
  double around_ = 0;
  std::uint64_t minute_ = 0, download_left_ = 0;
};

// The rule over minutes, as the daemon keeps it.
class TrafficPeer {
 public:
  explicit TrafficPeer(std::uint64_t floor) : floor_(floor) {}
  // Whether a finding is open after it.
  bool minute(std::uint64_t bytes);
  [[nodiscard]] const TrafficLevel& level() const { return step_.level; }

 private:
  std::uint64_t floor_;
  TrafficStep step_;
  TrafficReading now_;
  bool open_ = false;
};

struct TrafficFigures {
  double findings = 0;  // of a peer in 30 days
  double limit = 0;     // median over peers: above which a minute is unusual, in mean minutes
  // Of all peers, with a finding of a burst so many times the mean minute, and of a video call.
  double seen_8 = 0, seen_64 = 0, seen_512 = 0, seen_call = 0;
};
[[nodiscard]] TrafficFigures run_traffic(const TrafficScenario& scenario, std::uint64_t peers);

}  // namespace wgaudit::test
