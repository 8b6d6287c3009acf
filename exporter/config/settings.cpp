#include "exporter/config/settings.hpp"

namespace wgaudit {

std::string environment_name(const Setting& setting) {
  std::string name = "WGAUDIT_";
  for (const char c : setting.name) {
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : '_';
  }
  return name;
}

Targets targets_of(const Settings& settings) {
  Targets targets;
  targets.netlink = settings.collector_netlink;
  targets.uapi = settings.collector_uapi;
  targets.all_netns = settings.collector_all_netns;
  targets.netns = settings.collector_netns;
  targets.uapi_directories = settings.collector_uapi_directories;
  // Interfaces have no role: what the rule is for one says nothing.
  targets.forwarding = settings.rules.enabled(RuleId::forwarding_open);
  return targets;
}

}  // namespace wgaudit
