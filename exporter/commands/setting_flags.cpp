#include "exporter/commands/setting_flags.hpp"

#include <CLI/CLI.hpp>
#include <memory>

namespace wgaudit {
namespace {

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(40); }
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    const auto& names = option->get_lnames();
    if (names.size() == 2 && names[1] == "no-" + names[0]) return "--[no-]" + names[0];
    return Formatter::make_option_name(option, is_positional);
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return "";  // a switch
    return ' ' + option->get_type_name();
  }
};

bool belongs(const Setting& setting, SettingFlags::Which which) {
  switch (which) {
    case SettingFlags::Which::all:
      return true;
    case SettingFlags::Which::state:
      return setting.of_state;
    case SettingFlags::Which::state_and_events:
      return setting.of_state || setting.name == "events.format";
    case SettingFlags::Which::sinks:
      return setting.name.starts_with("events.") || setting.name.starts_with("privacy.") ||
             setting.name == "config.file" || setting.name == "gateway.name";
    case SettingFlags::Which::gateway:
      return setting.name == "config.file" || setting.name == "gateway.name";
    case SettingFlags::Which::inventory:
      return setting.name == "config.file" || setting.name == "inventory.file";
    case SettingFlags::Which::collecting_and_metrics:
      if (setting.name.starts_with("metrics.") || setting.name.starts_with("privacy.") ||
          setting.name == "web.disable-exporter-metrics") {
        return true;
      }
      [[fallthrough]];
    case SettingFlags::Which::collecting:
      return setting.of_collecting;
  }
  return false;
}

std::string help_of(const Setting& setting) {
  std::string text(setting.help);
  if (!setting.default_text.empty()) {
    text += " [" + std::string(setting.default_text) + ']';
  }
  return text;
}

}  // namespace

void use_wgaudit_help(CLI::App& app) { app.formatter(std::make_shared<HelpFormatter>()); }

void SettingFlags::add_to(CLI::App& app, Which which) {
  for (const Setting& setting : settings_table()) {
    if (!belongs(setting, which)) continue;
    const std::string name(setting.name);
    CLI::Option* option = nullptr;
    if (setting.kind == SettingKind::boolean) {
      option = app.add_flag("--" + name + ",!--no-" + name);
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    } else {
      option = app.add_option("--" + name);
      option->type_name(std::string(setting.value_name));
      option->allow_extra_args(false);
      if (setting.kind == SettingKind::list) {
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      }
    }
    option->description(help_of(setting));
    option->group("Settings");
    options_.emplace_back(&setting, option);
  }
}

FlagValues SettingFlags::values() const {
  FlagValues values;
  for (const auto& [setting, option] : options_) {
    for (const std::string& value : option->results()) values.emplace_back(setting, value);
  }
  return values;
}

}  // namespace wgaudit
