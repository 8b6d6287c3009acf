// Days in the life of a key: who holds it, how it is used, and what shared_key makes of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "audit/key_trail.hpp"
#include "tests/detect/tunnel.hpp"

namespace wgaudit::test {

struct KeyScenario {
  std::string_view name;
  std::vector<SimDevice> (*devices)(Random& random);
  // Of all days: how many at least, and at most, with a high and with a medium finding.
  double least_high, most_high, most_medium;
};
[[nodiscard]] std::span<const KeyScenario> key_scenarios();
[[nodiscard]] const KeyScenario* find_key_scenario(std::string_view name);

// What one poll shows.
struct KeyPoll {
  double at = 0;  // seconds
  Endpoint endpoint;
  double last_handshake = -kNever;
};
// Polls every 5 seconds and a little, for eight hours.
class KeyDay {
 public:
  KeyDay(const KeyScenario& scenario, std::uint64_t seed);
  [[nodiscard]] std::optional<KeyPoll> next();
  [[nodiscard]] std::uint64_t handshakes() const { return tunnel_.gateway().handshakes; }

 private:
  Random random_;
  Tunnel tunnel_;
  double at_ = 0;
};

// The trail over polls, as the daemon keeps it: looked at where something changed.
class TrailWatcher {
 public:
  Sharing poll(const KeyPoll& poll);
  [[nodiscard]] const TrailCount& most() const { return most_; }  // that a window ever held

 private:
  std::optional<KeyPoll> before_;
  double last_handshake_ = -kNever;
  std::optional<Duration> gap_;
  Boxed<KeyTrail> trail_;
  Sharing sharing_ = Sharing::none;
  TrailCount most_;
};

struct KeyFigures {
  std::uint64_t days = 0, high_days = 0, medium_days = 0, findings = 0, handshakes = 0;
  std::vector<double> minutes_until_high;  // of the day
  TrailCount most;                         // that a window ever held
};
[[nodiscard]] KeyFigures run_days(const KeyScenario& scenario, std::uint64_t days);

}  // namespace wgaudit::test
