// How state, events and sinks fare, for /metrics and pages. A value: whoever runs them fills it in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/event.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

struct SinkHealth {
  std::string name;
  bool up = false;
  std::string why;  // not up
  std::uint64_t pending_events = 0;
  std::optional<WallTime> oldest_pending;
  std::uint64_t delivered_events_total = 0, failures_total = 0, dead_events_total = 0;
  bool paused = false;
};

// Of a SHA-256 the first 96 bits, 48 in each, because a sample is a double.
using HeadParts = std::array<std::uint64_t, 2>;

struct DeliveryHealth {
  bool state_up = false;
  std::string state_why;  // not up
  std::optional<WallTime> last_commit;
  std::uint64_t size_bytes = 0;
  // Of the database: unknown until it was open. A counter that read 0 until then would seem to
  // rise.
  std::optional<std::uint64_t> event_sequence, events_lost_total;
  // Of the newest event's line in the file sink; absent where there is no such line.
  std::optional<HeadParts> chain_head;
  std::array<std::uint64_t, kActions> events_total{};  // committed since the start, by Action
  std::vector<SinkHealth> sinks;
};

}  // namespace wgaudit
