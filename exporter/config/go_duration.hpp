// Durations as Go's time.ParseDuration reads them, and as yaml.v2 takes a bare number: nanoseconds.
// Pure.
#pragma once

#include <optional>
#include <string_view>

#include "collectors/model/time.hpp"

namespace wgaudit {

// "1.5h", "1m30s", "500ms", "-2s", "0", "1000000"; absent: none, or too long for 64 bits.
[[nodiscard]] std::optional<Duration> parse_go_duration(std::string_view text);

}  // namespace wgaudit
