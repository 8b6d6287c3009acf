// The settings table as flags of CLI11.
#pragma once

#include <utility>
#include <vector>

#include "exporter/config/load.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace wgaudit {

class SettingFlags {
 public:
  enum class Which : std::uint8_t {
    all,
    collecting,
    collecting_and_metrics,
    state,
    state_and_events,
    sinks,
    gateway,
    inventory
  };
  // REQUIRES: `app` outlives this.
  void add_to(CLI::App& app, Which which);
  // After parsing: what was given, app by app in the order they were added.
  [[nodiscard]] FlagValues values() const;

 private:
  std::vector<std::pair<const Setting*, const CLI::Option*>> options_;
};

// Writes `--[no-]name` for switches. To be set on an app before its subcommands are added.
void use_wgaudit_help(CLI::App& app);

}  // namespace wgaudit
