#include "exporter/config/load.hpp"

#include <algorithm>

#include "exporter/config/layer.hpp"
#include "exporter/config/small_file.hpp"

namespace wgaudit {
namespace {

using enum ConfigProblem::Severity;

// An events-lost has to have its place.
constexpr std::uint64_t kLeastOutbox = std::uint64_t{1} << 20U;
// Has room for the thousand longest events: so many a sink sends again when a connection broke.
constexpr std::uint64_t kOutboxToSendAgain = std::uint64_t{16} << 20U;
// What is known of a hundred thousand peers is not history, and takes its place in the file.
constexpr std::uint64_t kLeastHistory = std::uint64_t{16} << 20U;

void take(Layer& layer, LoadedSettings& loaded, const Setting& setting, std::string_view value,
          const std::string& where) {
  if (const Reason reason = layer.take(setting, value); !reason.empty()) {
    loaded.problems.push_back({error, where, std::string(reason)});
  }
}

// In the environment lists are separated by commas, and 1 and 0 are booleans too.
void apply_environment(const SettingSources& sources, LoadedSettings& loaded) {
  Layer layer(loaded);
  for (const Setting& setting : settings_table()) {
    const std::string name = environment_name(setting);
    auto value = sources.environment(name);
    if (!value) continue;
    if (setting.kind == SettingKind::boolean) {
      if (*value == "1") value = "true";
      if (*value == "0") value = "false";
    }
    std::string_view rest = *value;
    while (setting.kind == SettingKind::list && rest.find(',') != std::string_view::npos) {
      take(layer, loaded, setting, rest.substr(0, rest.find(',')), name);
      rest.remove_prefix(rest.find(',') + 1);
    }
    take(layer, loaded, setting, rest, name);
  }
}

void apply_flags(const FlagValues& flags, LoadedSettings& loaded) {
  Layer layer(loaded);
  for (const auto& [setting, value] : flags) {
    take(layer, loaded, *setting, value, "--" + std::string(setting->name));
  }
}

// Which file: said by flag, else by environment.
std::string config_path(const SettingSources& sources) {
  const Setting* setting = find_setting("config.file");
  std::string path = sources.environment(environment_name(*setting)).value_or("");
  for (const auto& [flag, value] : sources.flags) {
    if (flag == setting) path = value;
  }
  return path;
}

// As systemd says (StateDirectory=, the first of several).
std::string default_state_directory(const SettingSources& sources) {
  const std::string said = sources.environment("STATE_DIRECTORY").value_or("");
  const std::string first = said.substr(0, said.find(':'));
  return first.empty() ? "/var/lib/wgaudit" : first;
}

void apply_file(const std::string& path, LoadedSettings& loaded) {
  const auto text = read_small_file(path);
  if (text) {
    apply_yaml(*text, path, loaded);
  } else {
    loaded.problems.push_back({error, path, "cannot be read: " + text.error()});
  }
}

bool sends_again(const SinkSettings& sink) {
  const auto* syslog = std::get_if<SyslogSinkSettings>(&sink.kind);
  return syslog != nullptr &&
         (syslog->transport == SyslogTransport::tcp || syslog->transport == SyslogTransport::tls);
}

void append(std::vector<ConfigProblem>& problems, std::vector<ConfigProblem> more) {
  problems.insert(problems.end(), more.begin(), more.end());
}

}  // namespace

std::string to_string(const ConfigProblem& problem) { return problem.where + ": " + problem.why; }

bool has_errors(const std::vector<ConfigProblem>& problems) {
  return std::ranges::any_of(problems, [](const auto& p) { return p.severity == error; });
}

std::vector<ConfigProblem> check_settings(const Settings& settings) {
  std::vector<ConfigProblem> problems;
  const auto require = [&](bool holds, std::string where, std::string why) {
    if (!holds) problems.push_back({error, std::move(where), std::move(why)});
  };
  using std::chrono::hours, std::chrono::milliseconds, std::chrono::seconds;
  const Duration interval = settings.collector_interval;
  require(interval >= milliseconds{100} && interval <= hours{1}, "collector.interval",
          "must be from 100ms to 1h");
  require(settings.collector_settle >= interval, "collector.settle",
          "must not be shorter than collector.interval: an absence takes two polls to be seen");
  require(settings.collector_settle <= hours{24}, "collector.settle", "must be at most 1d");
  // Older peer series leave /metrics.
  require(settings.collector_max_age <= seconds{30}, "collector.max-age", "must be at most 30s");
  if (!settings.collector_netlink &&
      (settings.collector_all_netns || !settings.collector_netns.empty())) {
    problems.push_back({ConfigProblem::Severity::warning, "collector.netns",
                        "has no effect without collector.netlink"});
  }
  require(settings.metrics_peer_limit > 0, "metrics.peer-limit", "must be at least 1");
  require(settings.events_outbox_max_size >= kLeastOutbox, "events.outbox-max-size",
          "must be at least 1MB");
  const auto sinks = configured_sinks(settings);
  if (settings.events_outbox_max_size < kOutboxToSendAgain &&
      std::ranges::any_of(sinks, sends_again)) {
    problems.push_back({ConfigProblem::Severity::warning, "events.outbox-max-size",
                        "below 16MB it may not hold the last 1,000 events, which syslog over TCP "
                        "or TLS sends again after a connection broke"});
  }
  if (settings.events_directory.empty() && settings.events_segments != SegmentSettings{}) {
    problems.push_back({ConfigProblem::Severity::warning, "events.directory",
                        "is not set: events.signing-key-file, events.checkpoint-… and events.max-… "
                        "have no effect"});
  }
  require(settings.history_retention >= hours{1}, "history.retention", "must be at least 1h");
  require(settings.history_max_size >= kLeastHistory, "history.max-size", "must be at least 16MB");
  require(settings.web_max_requests <= 100'000, "web.max-requests", "must be at most 100000");
  append(problems, check_sinks(sinks));
  return problems;
}

LoadedSettings load_config_file(const std::string& path) {
  LoadedSettings loaded;
  apply_file(path, loaded);
  if (!has_errors(loaded.problems)) append(loaded.problems, check_settings(loaded.settings));
  return loaded;
}

LoadedSettings load_settings(const SettingSources& sources) {
  LoadedSettings loaded;
  loaded.settings.host_name = loaded.settings.gateway_name = sources.host_name;
  loaded.settings.state_directory = default_state_directory(sources);
  const std::string path = config_path(sources);
  if (!path.empty()) apply_file(path, loaded);
  apply_environment(sources, loaded);
  apply_flags(sources.flags, loaded);
  if (!has_errors(loaded.problems)) append(loaded.problems, check_settings(loaded.settings));
  return loaded;
}

std::vector<std::string> need_restart(const LoadedSettings& before, const LoadedSettings& after) {
  std::vector<std::string> names;
  const auto text_of = [](const LoadedSettings& loaded, std::string_view name) {
    const auto found = loaded.texts.find(name);
    if (found != loaded.texts.end()) return found->second;
    return std::vector{std::string(find_setting(name)->default_text)};
  };
  for (const Setting& setting : settings_table()) {
    if (setting.of_sinks) continue;
    if (text_of(before, setting.name) != text_of(after, setting.name)) {
      names.emplace_back(setting.name);
    }
  }
  if (before.settings.rules.by_code != after.settings.rules.by_code) names.emplace_back("rules");
  return names;
}

}  // namespace wgaudit
