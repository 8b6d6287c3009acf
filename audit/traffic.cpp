#include "audit/traffic.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <optional>
#include <string>

namespace wgaudit {
namespace {

std::string megabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", bytes / 1e6);
  return text;
}

// Of the minute that opened it: the words stay while it is open.
std::string detail_of(const PeerMemory& memory, std::uint64_t floor) {
  const double limit = std::max(limit_of(memory.traffic).value_or(0), static_cast<double>(floor));
  return megabytes(static_cast<double>(memory.recent.traffic.last_bytes)) + " in a minute, the " +
         std::to_string(kTrafficMinutes) + "th in a row above what is usual for the peer, " +
         megabytes(limit);
}

std::optional<TrafficReading> reading_before(const SeenPeer& seen, const Reading& reading) {
  if (seen.before == nullptr || reading.rebooted || reading.gap != Duration{0}) {
    return std::nullopt;
  }
  return TrafficReading{reading.before->observed_at, traffic_of(*seen.before)};
}

}  // namespace

void follow_traffic(const PeerMemory* known, const SeenPeer& seen, const Reading& reading,
                    std::uint64_t floor, PeerStep& step) {
  if (!reading.shows(seen.now.public_key)) return;
  const BootTime now = reading.device.observed_at;
  const bool interrupted = reading.rebooted || reading.gap != Duration{0};
  if (known != nullptr && !interrupted && !minute_ended(known->recent.traffic, now)) return;
  if (!step.changed) {
    assert(known != nullptr);
    step.changed = *known;
  }
  PeerMemory& memory = *step.changed;
  const auto before = known != nullptr ? reading_before(seen, reading) : std::nullopt;
  TrafficStep traffic = watch_traffic(memory.traffic, memory.recent.traffic, before,
                                      {now, traffic_of(seen.now)}, floor);
  memory.traffic = traffic.level;
  memory.recent.traffic = traffic.watch;
}

void traffic_anomaly(const PeerCase& c, Verdict& verdict) {
  const TrafficWatch& watch = c.memory.recent.traffic;
  if (!watch.minute || (watch.judged && watch.above == 0)) return;
  const bool long_enough = watch.above >= kTrafficMinutes;
  const Finding* before = finding_before(RuleId::traffic_anomaly, c, verdict);
  if (before == nullptr && !long_enough) return;
  FindingIdentity identity = about(RuleId::traffic_anomaly, c);
  if (before != nullptr && !watch.judged) return verdict.leave(identity);
  verdict.open(std::move(identity), c.record,
               before != nullptr ? before->detail : detail_of(c.memory, c.policy.traffic_floor));
}

}  // namespace wgaudit
