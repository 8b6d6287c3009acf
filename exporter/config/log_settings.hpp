// How the daemon logs. Values.
#pragma once

#include <cstdint>

namespace wgaudit {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { logfmt, json };

}  // namespace wgaudit
