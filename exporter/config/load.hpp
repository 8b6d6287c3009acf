// Settings from their four layers. Pure but for load_config_file(), which reads one file.
#pragma once

#include <expected>
#include <functional>
#include <map>
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
  // What was said of each setting, by name, as it was written; of the highest layer.
  std::map<std::string_view, std::vector<std::string>> texts{};
};

// All four layers; reads the file that flag or environment names.
[[nodiscard]] LoadedSettings load_settings(const SettingSources& sources);
// The same again, for who reads them anew on SIGHUP.
using ReadSettings = std::function<LoadedSettings()>;

// The file alone, over the defaults: `check config`.
[[nodiscard]] LoadedSettings load_config_file(const std::string& path);

// Applies a text of YAML. `file` stands in its problems.
void apply_yaml(const std::string& text, const std::string& file, LoadedSettings& loaded);

// The settings of which another text was said, but for those of sinks, which can change while the
// daemon runs.
[[nodiscard]] std::vector<std::string> need_restart(const LoadedSettings& before,
                                                    const LoadedSettings& after);

// What holds between values: intervals, limits.
[[nodiscard]] std::vector<ConfigProblem> check_settings(const Settings& settings);

}  // namespace wgaudit
