// What a poll tells, as log lines: findings as warnings, the rest as information.
#pragma once

#include <vector>

#include "audit/event.hpp"

namespace wgaudit {

// At most kMaxEventLines a poll, then one line with the number of those left out.
inline constexpr std::size_t kMaxEventLines = 50;
void log_events(const std::vector<Event>& events);

}  // namespace wgaudit
