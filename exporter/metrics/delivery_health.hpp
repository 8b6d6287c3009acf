// How state, events and sinks fare, for /metrics. A value: whoever runs them fills it in.
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
  std::uint64_t pending_events = 0;
  std::optional<WallTime> oldest_pending;
  std::uint64_t delivered_events_total = 0, failures_total = 0, dead_events_total = 0;
  bool paused = false;
};

struct DeliveryHealth {
  bool state_up = false;
  std::optional<WallTime> last_commit;
  std::uint64_t size_bytes = 0;
  // Of the database: unknown until it was open. A counter that read 0 until then would seem to
  // rise.
  std::optional<std::uint64_t> event_sequence, events_lost_total;
  // Of the newest event's line in the file sink: the first 96 bits of its SHA-256, 48 in each,
  // because a sample is a double. Absent where there is no such line.
  std::optional<std::array<std::uint64_t, 2>> chain_head;
  std::array<std::uint64_t, kActions> events_total{};  // committed since the start, by Action
  std::vector<SinkHealth> sinks;
};

}  // namespace wgaudit
