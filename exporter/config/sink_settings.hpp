// Where events go, as it is configured: values. The list `sinks:` of the file, and the two sinks
// that flags name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "exporter/config/config_problem.hpp"
#include "exporter/config/setting_values.hpp"

namespace wgaudit {

struct Settings;

// When the file sink calls fdatasync(2).
enum class EventSync : std::uint8_t { batch, off };
[[nodiscard]] Reason take_sync(EventSync& sync, std::string_view value);

struct FileSinkSettings {
  std::string directory;  // absolute
  EventSync sync = EventSync::batch;
  friend bool operator==(const FileSinkSettings&, const FileSinkSettings&) = default;
};

struct StdoutSinkSettings {
  friend bool operator==(const StdoutSinkSettings&, const StdoutSinkSettings&) = default;
};

// One alternative a type, in the order of sink_types().
using SinkKind = std::variant<FileSinkSettings, StdoutSinkSettings>;

struct SinkSettings {
  std::string name;  // of its cursor and its metrics: [a-z0-9][a-z0-9_-]*
  SinkKind kind;
  friend bool operator==(const SinkSettings&, const SinkSettings&) = default;
};

// All of them: `file` (events.directory), `stdout` (events.stdout), then those of the list.
[[nodiscard]] std::vector<SinkSettings> configured_sinks(const Settings& settings);

[[nodiscard]] std::string_view type_of(const SinkSettings& sink);
// What it promises of delivery, in one line: SINKS.md says more.
[[nodiscard]] std::string_view promise_of(const SinkSettings& sink);

// What must hold between sinks, whatever layer they came from.
[[nodiscard]] std::vector<ConfigProblem> check_sinks(const std::vector<SinkSettings>& sinks);
// The files of secrets, as the disk has them: others must not read them. Blocks on the disk.
[[nodiscard]] std::vector<ConfigProblem> check_secret_files(const std::vector<SinkSettings>& sinks);

}  // namespace wgaudit
