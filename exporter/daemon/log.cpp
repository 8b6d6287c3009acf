#include "exporter/daemon/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "collectors/clock/clock.hpp"
#include "collectors/model/text.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {
namespace {

LogFormat chosen_format = LogFormat::logfmt;  // set once, before any thread

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "?";
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// A string as JSON has it; logfmt parsers read the same quoting. Control characters, C1 too, are
// made printable first: a log is read on terminals.
std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : to_printable(value)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string logfmt_value(std::string_view value) {
  const bool plain = !value.empty() && value.find_first_not_of(
                                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789-_.:/+[]%,") == std::string_view::npos;
  return plain ? std::string(value) : quoted(value);
}

}  // namespace

std::string log_line(LogFormat format, std::string_view time, std::string_view level,
                     std::string_view message, std::span<const LogField> fields) {
  std::string line;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (format == LogFormat::json) {
      line += (line.empty() ? "{" : ",") + quoted(name) + ':' + quoted(value);
    } else {
      if (!line.empty()) line += ' ';
      line += std::string(name) + '=' + logfmt_value(value);
    }
  };
  add("time", time);
  add("level", level);
  add("msg", message);
  for (const auto& field : fields) add(field.name, field.value);
  if (format == LogFormat::json) line += '}';
  return line;
}

void set_up_log(LogLevel level, LogFormat format) {
  chosen_format = format;
  auto logger = spdlog::get("wgaudit");
  if (logger == nullptr) logger = spdlog::stderr_logger_mt("wgaudit");
  logger->set_pattern("%v");
  logger->set_level(spdlog_level(level));
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(logger);
}

void log(LogLevel level, std::string_view message, std::span<const LogField> fields) {
  const auto logger = spdlog::default_logger();
  if (!logger->should_log(spdlog_level(level))) return;
  // A string, not a format: the line may hold braces.
  logger->log(spdlog_level(level),
              spdlog::string_view_t{log_line(chosen_format, to_rfc3339(read_wall_clock()),
                                             name_of(level), message, fields)});
}

}  // namespace wgaudit
