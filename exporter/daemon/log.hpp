// The daemon's log: one line a message on standard error, as logfmt or JSON. Any thread.
//
// Values are escaped, so that no interface name or principal can forge a line.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/config/log_settings.hpp"

namespace wgaudit {

struct LogField {
  std::string_view name;
  std::string value;
};

void set_up_log(LogLevel level, LogFormat format);
void log(LogLevel level, std::string_view message, std::span<const LogField> fields);
inline void log(LogLevel level, std::string_view message,
                std::initializer_list<LogField> fields = {}) {
  log(level, message, std::span<const LogField>(fields.begin(), fields.size()));
}

// The line without its end, as log() writes it. Pure.
[[nodiscard]] std::string log_line(LogFormat format, std::string_view time, std::string_view level,
                                   std::string_view message, std::span<const LogField> fields);

}  // namespace wgaudit
