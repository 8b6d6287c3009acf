// Settings from their four layers. Pure but for load_config_file(), which reads one file.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/config_problem.hpp"
#include "exporter/config/settings.hpp"

namespace wgaudit {

// (setting, value) in the order of the command line; a boolean as "true" or "false".
using FlagValues = std::vector<std::pair<const Setting*, std::string>>;

struct SettingSources {
  FlagValues flags;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::string host_name;  // the default of gateway.name
};

struct LoadedSettings {
  Settings settings;  // not to be used where problems hold an error
  std::vector<ConfigProblem> problems;
};

// All four layers; reads the file that flag or environment names.
[[nodiscard]] LoadedSettings load_settings(const SettingSources& sources);

// The file alone, over the defaults: `check config`.
[[nodiscard]] LoadedSettings load_config_file(const std::string& path);

// Applies a text of YAML. `file` stands in its problems.
void apply_yaml(const std::string& text, const std::string& file, Settings& settings,
                std::vector<ConfigProblem>& problems);

// What holds between values: intervals, limits.
[[nodiscard]] std::vector<ConfigProblem> check_settings(const Settings& settings);

}  // namespace wgaudit
