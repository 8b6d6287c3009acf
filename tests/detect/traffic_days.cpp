#include "tests/detect/traffic_days.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace wgaudit::test {
namespace {

constexpr std::uint64_t kDays = 60, kWeek = 7 * kMinutesOfDay;
constexpr std::uint64_t kMegabyte = 1'000'000, kGigabyte = 1'000 * kMegabyte;
constexpr std::uint64_t kBackupBegins = 120;

constexpr TrafficProfile kService{.level = 21, .spread = 0.4, .persistence = 0.8};
constexpr TrafficProfile kOffice{
    .level = 18, .spread = 2.2, .office_hours = true, .active = 0.8, .downloads = 1.0 / 120};
constexpr TrafficProfile kTwoHours{
    .level = 21, .spread = 0.5, .persistence = 0.8, .backup_minutes = 120};
constexpr TrafficProfile kShort{
    .level = 21, .spread = 0.5, .persistence = 0.8, .backup_minutes = 45};

const TrafficScenario kScenarios[] = {
    {"service, even traffic", kService, kMegabyte, 0.01, 1, 1, 1},
    {"office laptop, heavy tails", kOffice, kMegabyte, 0.01, 0, 0, 0.2},
    {"site, backup of two hours each night", kTwoHours, kMegabyte, 0.01, 0, 0.8, 0.01},
    // A deviation cannot hold what is rare and far away: it is unusual every night.
    {"site, backup of 45 minutes each night", kShort, kMegabyte, 31, 0.6, 1, 1},
    {"the same, traffic_floor above the backup", kShort, kGigabyte, 0, 0, 0.5, 0},
};

bool sees(TrafficPeer peer, double bytes, int minutes) {
  bool seen = false;
  for (int i = 0; i < minutes; ++i) seen |= peer.minute(static_cast<std::uint64_t>(bytes));
  return seen;
}

}  // namespace

std::span<const TrafficScenario> traffic_scenarios() { return kScenarios; }

TrafficSource::TrafficSource(const TrafficProfile& profile, std::uint64_t seed)
    : profile_(profile), random_(seed) {
  profile_.level += random_.normal();  // no two peers are alike
}

bool TrafficSource::in_use() {
  if (!random_.chance(profile_.active)) return false;
  if (!profile_.office_hours) return true;
  const std::uint64_t of_day = minute_ % kMinutesOfDay, day = minute_ % kWeek / kMinutesOfDay;
  return day < 5 && of_day >= 8 * 60 && of_day < 18 * 60;
}

std::uint64_t TrafficSource::next_minute() {
  ++minute_;
  const double p = profile_.persistence;
  around_ = p * around_ + std::sqrt(1 - p * p) * random_.normal();
  if (!in_use()) return 300;  // keepalives
  double level = profile_.level + profile_.spread * around_;
  if (download_left_ > 0) {
    --download_left_;
    level = profile_.level + 8 + random_.normal();
  } else if (random_.chance(profile_.downloads)) {
    download_left_ = static_cast<std::uint64_t>(random_.log_normal(1, 1));
  }
  const std::uint64_t of_day = minute_ % kMinutesOfDay;
  if (of_day >= kBackupBegins && of_day < kBackupBegins + profile_.backup_minutes) {
    level = profile_.backup_level + 0.2 * random_.normal();
  }
  return static_cast<std::uint64_t>(std::exp2(level));
}

bool TrafficPeer::minute(std::uint64_t bytes) {
  const TrafficReading next{now_.at + std::chrono::minutes{1}, now_.bytes + bytes};
  step_ = watch_traffic(step_.level, step_.watch, now_, next, floor_);
  now_ = next;
  open_ = step_.watch.above >= kTrafficMinutes || (open_ && step_.watch.above > 0);
  return open_;
}

TrafficFigures run_traffic(const TrafficScenario& scenario, std::uint64_t peers) {
  std::vector<double> limits;
  std::uint64_t findings = 0, seen_8 = 0, seen_64 = 0, seen_512 = 0, seen_call = 0;
  for (std::uint64_t seed = 0; seed < peers; ++seed) {
    TrafficSource source(scenario.profile, 1000 * seed + 3);
    TrafficPeer peer(scenario.floor);
    bool open = false;
    for (std::uint64_t minute = 0; minute < kDays * kMinutesOfDay; ++minute) {
      const bool before = std::exchange(open, peer.minute(source.next_minute()));
      if (open && !before) ++findings;
    }
    const double mean = std::exp2(peer.level().mean);
    limits.push_back(limit_of(peer.level()).value_or(0) / mean);
    seen_8 += sees(peer, 8 * mean, 60);
    seen_64 += sees(peer, 64 * mean, 60);
    seen_512 += sees(peer, 512 * mean, 60);
    seen_call += sees(peer, 37e6, 45);
  }
  std::ranges::sort(limits);
  const auto share = [&](std::uint64_t count) {
    return static_cast<double>(count) / static_cast<double>(peers);
  };
  return {share(findings) * 30 / kDays,
          limits[limits.size() / 2],
          share(seen_8),
          share(seen_64),
          share(seen_512),
          share(seen_call)};
}

}  // namespace wgaudit::test
