#include "tests/detect/key_days.hpp"

#include <algorithm>
#include <cmath>

namespace wgaudit::test {
namespace {

constexpr double kDay = 8 * 3600, kInterval = 5, kLate = 0.02;

std::vector<SimDevice> devices_of(const KeyScenario& scenario, Random& random) {
  return scenario.devices(random);
}

BootTime boot_time(double seconds) {
  return BootTime{Duration{static_cast<Duration::rep>(std::llround(seconds * 1e9))}};
}

}  // namespace

KeyDay::KeyDay(const KeyScenario& scenario, std::uint64_t seed)
    : random_(seed), tunnel_(devices_of(scenario, random_), seed + 1) {}

std::optional<KeyPoll> KeyDay::next() {
  at_ += kInterval + random_.uniform(0, kLate);
  if (at_ > kDay) return std::nullopt;
  tunnel_.run_until(at_);
  return KeyPoll{at_, tunnel_.gateway().endpoint, tunnel_.gateway().last_handshake};
}

Sharing TrailWatcher::poll(const KeyPoll& poll) {
  const BootTime now = boot_time(poll.at);
  const bool shook = poll.last_handshake != last_handshake_;
  const bool changed = shook || (before_ && before_->endpoint != poll.endpoint);
  if (before_ && changed) {
    Sighting sighting{before_->endpoint, poll.endpoint, boot_time(before_->at), now, shook, {}, {}};
    if (shook && last_handshake_ != -kNever) {
      sighting.gap_before = gap_;
      gap_ = boot_time(poll.last_handshake) - boot_time(last_handshake_);
      sighting.handshake_gap = gap_;
    }
    trail_ = follow(trail_, sighting);
  }
  before_ = poll;
  last_handshake_ = poll.last_handshake;
  const TrailCount in_window = trail_ ? count(*trail_, now) : TrailCount{};
  most_.handshakes = std::max(most_.handshakes, in_window.handshakes);
  most_.returns = std::max(most_.returns, in_window.returns);
  sharing_ = judge_sharing(in_window, sharing_);
  return sharing_;
}

KeyFigures run_days(const KeyScenario& scenario, std::uint64_t days) {
  KeyFigures figures;
  figures.days = days;
  for (std::uint64_t seed = 0; seed < days; ++seed) {
    KeyDay day(scenario, 1000 * seed + 7);
    TrailWatcher watcher;
    Sharing before = Sharing::none;
    double high_at = kNever;
    bool medium = false;
    while (const auto poll = day.next()) {
      const Sharing now = watcher.poll(*poll);
      if (before == Sharing::none && now != Sharing::none) ++figures.findings;
      if (now == Sharing::alternating) high_at = std::min(high_at, poll->at);
      medium = medium || now == Sharing::returning;
      before = now;
    }
    figures.handshakes += day.handshakes();
    figures.most.handshakes = std::max(figures.most.handshakes, watcher.most().handshakes);
    figures.most.returns = std::max(figures.most.returns, watcher.most().returns);
    if (high_at != kNever) {
      ++figures.high_days;
      figures.minutes_until_high.push_back(high_at / 60);
    }
    if (medium) ++figures.medium_days;
  }
  return figures;
}

}  // namespace wgaudit::test
