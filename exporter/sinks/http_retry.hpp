// The header Retry-After of RFC 9110: when a receiver wants to be asked again. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "collectors/model/time.hpp"

namespace wgaudit {

// Seconds, or a date ("Fri, 27 Nov 2026 20:00:00 GMT"); not before now. nullopt: neither.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view text, WallTime now);

}  // namespace wgaudit
