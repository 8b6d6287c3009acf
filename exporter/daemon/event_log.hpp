// What a poll tells, as log lines: findings as warnings, the rest as information.
#pragma once

#include <vector>

#include "audit/event.hpp"
#include "exporter/codec/privacy.hpp"

namespace wgaudit {

// At most kMaxEventLines a poll, then one line with the number of those left out.
// Of people they say what `privacy` leaves: a log is read by others than the state database.
inline constexpr std::size_t kMaxEventLines = 50;
void log_events(const std::vector<Event>& events, const Privacy& privacy);

}  // namespace wgaudit
