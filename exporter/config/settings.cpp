#include "exporter/config/settings.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "exporter/config/listen_address.hpp"

namespace wgaudit {
namespace {

constexpr Reason kTaken{};

template <auto Field>
Reason take_text(Settings& settings, std::string_view value) {
  if (value.find('\0') != std::string_view::npos) return "must not hold a NUL byte";
  settings.*Field = value;
  return kTaken;
}
template <auto Field>
Reason take_boolean(Settings& settings, std::string_view value) {
  if (value != "true" && value != "false") return "not true or false";
  settings.*Field = value == "true";
  return kTaken;
}
template <auto Field>
Reason take_duration(Settings& settings, std::string_view value) {
  const auto duration = parse_duration(value);
  if (!duration) return "not a duration such as 5s or 1m30s";
  settings.*Field = *duration;
  return kTaken;
}
template <auto Field>
Reason take_number(Settings& settings, std::string_view value) {
  auto number = settings.*Field;
  const char* end = value.data() + value.size();
  const auto [rest, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc{} || rest != end) return "not a whole number, or too large";
  settings.*Field = number;
  return kTaken;
}

template <auto Field>
Reason take_size(Settings& settings, std::string_view value) {
  const auto size = parse_size(value);
  if (!size) return "not a size such as 512MB or 2GB, or too large";
  settings.*Field = *size;
  return kTaken;
}

constexpr ValueName<LogLevel> kLogLevels[] = {{"debug", LogLevel::debug},
                                              {"info", LogLevel::info},
                                              {"warn", LogLevel::warn},
                                              {"error", LogLevel::error}};
constexpr ValueName<LogFormat> kLogFormats[] = {{"logfmt", LogFormat::logfmt},
                                                {"json", LogFormat::json}};

template <auto Take>
Reason take_segments(Settings& settings, std::string_view value) {
  return Take(settings.events_segments, value);
}

Reason take_log_level(Settings& settings, std::string_view value) {
  const auto level = value_named(kLogLevels, value);
  if (!level) return "not one of debug, info, warn, error";
  settings.log_level = *level;
  return kTaken;
}
Reason take_log_format(Settings& settings, std::string_view value) {
  const auto format = value_named(kLogFormats, value);
  if (!format) return "not one of logfmt, json";
  settings.log_format = *format;
  return kTaken;
}
Reason take_event_sync(Settings& settings, std::string_view value) {
  return take_sync(settings.events_sync, value);
}

Reason take_event_format(Settings& settings, std::string_view value) {
  const auto format = parse_event_format(value);
  if (!format) return "not one of ecs, ocsf";
  settings.events_format = *format;
  return kTaken;
}

Reason take_address_privacy(Settings& settings, std::string_view value) {
  const auto privacy = parse_address_privacy(value);
  if (!privacy) return "not one of full, prefix, none";
  settings.privacy.address = *privacy;
  return kTaken;
}
Reason take_identity_privacy(Settings& settings, std::string_view value) {
  const auto privacy = parse_identity_privacy(value);
  if (!privacy) return "not one of full, hash, none";
  settings.privacy.identity = *privacy;
  return kTaken;
}

Reason take_identity_labels(Settings& settings, std::string_view value) {
  const auto labels = parse_identity_labels(value);
  if (!labels) {
    return "not none or a list of principal, principal_kind, principal_device, role, status";
  }
  settings.metrics_identity_labels = *labels;
  return kTaken;
}

constexpr ValueName<FailurePolicy> kFailurePolicies[] = {{"hold", FailurePolicy::hold},
                                                         {"exit", FailurePolicy::exit}};
template <auto Field>
Reason take_failure_policy(Settings& settings, std::string_view value) {
  const auto policy = value_named(kFailurePolicies, value);
  if (!policy) return "not one of hold, exit";
  settings.*Field = *policy;
  return kTaken;
}

// "30%".
Reason take_max_shrink(Settings& settings, std::string_view value) {
  constexpr Reason kForm = "not a share such as 30%";
  if (!value.ends_with('%')) return kForm;
  value.remove_suffix(1);
  unsigned percent = 0;
  const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), percent);
  if (error != std::errc{} || rest != value.data() + value.size() || percent > 100) return kForm;
  settings.inventory_max_shrink = percent / 100.0;
  return kTaken;
}

template <auto Field>
Reason take_directory(Settings& settings, std::string_view value) {
  if (!value.starts_with('/')) return "not an absolute path";
  return take_text<Field>(settings, value);
}

Reason take_gateway_name(Settings& settings, std::string_view value) {
  // It stands before the '/' of a place; `*` there means every gateway.
  if (value.empty() || value == "*" || value.find('/') != std::string_view::npos) {
    return "not a name: it must not be empty, \"*\", or hold a '/'";
  }
  return take_text<&Settings::gateway_name>(settings, value);
}

Reason take_netns(Settings& settings, std::string_view value) {
  if (value == "all") {
    settings.collector_all_netns = true;
    return kTaken;
  }
  NetnsTarget target;
  if (const auto equals = value.find('='); equals != std::string_view::npos) {
    target = {std::string(value.substr(0, equals)), std::string(value.substr(equals + 1))};
    if (target.label.empty() || target.path.empty()) return "not LABEL=PATH";
  } else {
    if (value.empty() || value == "." || value == ".." ||
        value.find('/') != std::string_view::npos) {
      return "not NAME (of /run/netns), LABEL=PATH or all";
    }
    target = {std::string(value), "/run/netns/" + std::string(value)};
  }
  if (std::ranges::find(settings.collector_netns, target.label, &NetnsTarget::label) !=
      settings.collector_netns.end()) {
    return "this namespace is named twice";
  }
  settings.collector_netns.push_back(std::move(target));
  return kTaken;
}

Reason take_uapi_directory(Settings& settings, std::string_view value) {
  UapiDirectory directory{"", std::string(value)};
  const auto equals = value.find('=');
  if (!value.starts_with('/') && equals != std::string_view::npos) {
    directory = {std::string(value.substr(0, equals)), std::string(value.substr(equals + 1))};
    if (directory.netns.empty()) return "not DIR or LABEL=DIR";
  }
  if (!directory.path.starts_with('/')) return "not an absolute path";
  settings.collector_uapi_directories.push_back(std::move(directory));
  return kTaken;
}

// Whether the host exists shows when it is bound.
Reason take_listen_address(Settings& settings, std::string_view value) {
  if (!parse_listen_address(value)) return "not HOST:PORT, [IPv6]:PORT, :PORT or unix:/PATH";
  settings.web_listen_addresses.emplace_back(value);
  return kTaken;
}

Reason take_allowed_host(Settings& settings, std::string_view value) {
  if (value.empty() ||
      value.find_first_of(std::string_view{" /:@\t\r\n\0", 8}) != std::string_view::npos) {
    return "not a host name (without a port)";
  }
  settings.web_allowed_hosts.emplace_back(value);
  return kTaken;
}

Reason take_telemetry_path(Settings& settings, std::string_view value) {
  if (!value.starts_with('/') || value == "/" || value.starts_with("/-/")) {
    return "not a path such as /metrics (\"/\" and \"/-/…\" are taken)";
  }
  if (value.find_first_of(std::string_view{" ?#\t\r\n\0", 7}) != std::string_view::npos) {
    return "not a path: it holds a space, '?' or '#'";
  }
  return take_text<&Settings::web_telemetry_path>(settings, value);
}

using enum SettingKind;

constexpr Setting kSettings[] = {
    {.name = "config.file",
     .kind = text,
     .value_name = "FILE",
     .default_text = "",
     .help = "Configuration in YAML. Flags and environment go before it.",
     .take = take_text<&Settings::config_file>,
     .of_collecting = true,
     .of_state = true},
    {.name = "gateway.name",
     .kind = text,
     .value_name = "NAME",
     .default_text = "the host name",
     .help = "This gateway, as the inventory names it.",
     .take = take_gateway_name,
     .of_collecting = true},
    {.name = "inventory.file",
     .kind = text,
     .value_name = "PATH",
     .default_text = "",
     .help = "Inventory: a JSON file, or a directory of *.json.",
     .take = take_text<&Settings::inventory_file>,
     .of_collecting = true},
    {.name = "inventory.max-shrink",
     .kind = text,
     .value_name = "PERCENT",
     .default_text = "30%",
     .help = "A reload that drops or revokes more of the records (20 at least) waits for SIGHUP.",
     .take = take_max_shrink},
    {.name = "posture.file",
     .kind = text,
     .value_name = "FILE",
     .default_text = "",
     .help = "Which devices comply, as an MDM writes it: a JSON file.",
     .take = take_text<&Settings::posture_file>,
     .of_collecting = true},
    {.name = "collector.netlink",
     .kind = boolean,
     .value_name = "",
     .default_text = "true",
     .help = "Read interfaces of the kernel (needs CAP_NET_ADMIN).",
     .take = take_boolean<&Settings::collector_netlink>,
     .of_collecting = true},
    {.name = "collector.uapi",
     .kind = boolean,
     .value_name = "",
     .default_text = "true",
     .help = "Read interfaces of userspace implementations by their sockets.",
     .take = take_boolean<&Settings::collector_uapi>,
     .of_collecting = true},
    {.name = "collector.interval",
     .kind = text,
     .value_name = "DURATION",
     .default_text = "5s",
     .help = "Time from one poll to the next.",
     .take = take_duration<&Settings::collector_interval>},
    {.name = "collector.max-age",
     .kind = text,
     .value_name = "DURATION",
     .default_text = "1s",
     .help = "A scrape that finds the last poll older asks for a new one.",
     .take = take_duration<&Settings::collector_max_age>},
    {.name = "collector.settle",
     .kind = text,
     .value_name = "DURATION",
     .default_text = "10s",
     .help = "How long something must be absent before that is believed.",
     .take = take_duration<&Settings::collector_settle>},
    {.name = "collector.netns",
     .kind = list,
     .value_name = "NAME|LABEL=PATH|all",
     .default_text = "",
     .help = "Network namespace to read too (needs CAP_SYS_ADMIN). Repeatable.",
     .take = take_netns,
     .clear =
         [](Settings& settings) {
           settings.collector_netns.clear();
           settings.collector_all_netns = false;
         },
     .of_collecting = true},
    {.name = "collector.uapi-directory",
     .kind = list,
     .value_name = "DIR|LABEL=DIR",
     .default_text = "/run/wireguard",
     .help = "Where userspace implementations keep their sockets. Repeatable.",
     .take = take_uapi_directory,
     .clear = [](Settings& settings) { settings.collector_uapi_directories.clear(); },
     .of_collecting = true},
    {.name = "state.directory",
     .kind = text,
     .value_name = "DIR",
     .default_text = "$STATE_DIRECTORY, else /var/lib/wgaudit",
     .help = "Where what is known and the events to be delivered are kept.",
     .take = take_directory<&Settings::state_directory>,
     .of_state = true},
    {.name = "state.on-error",
     .kind = text,
     .value_name = "hold|exit",
     .default_text = "hold",
     .help = "When the state database takes no changes: hold them and go on, or exit with code 4.",
     .take = take_failure_policy<&Settings::state_on_error>},
    {.name = "events.directory",
     .kind = text,
     .value_name = "DIR",
     .default_text = "",
     .help = "Write events here, as JSON lines in segments.",
     .take = take_directory<&Settings::events_directory>,
     .of_sinks = true},
    {.name = "events.stdout",
     .kind = boolean,
     .value_name = "",
     .default_text = "false",
     .help = "Write events to standard output, as JSON lines.",
     .take = take_boolean<&Settings::events_stdout>,
     .of_sinks = true},
    {.name = "events.format",
     .kind = text,
     .value_name = "ecs|ocsf",
     .default_text = "ecs",
     .help = "Schema of the events in segments and on standard output.",
     .take = take_event_format,
     .of_sinks = true},
    {.name = "events.sync",
     .kind = text,
     .value_name = "batch|off",
     .default_text = "batch",
     .help = "When the segments are flushed to the disk (fdatasync): after each batch, or never.",
     .take = take_event_sync,
     .of_sinks = true},
    {.name = "events.on-error",
     .kind = text,
     .value_name = "hold|exit",
     .default_text = "hold",
     .help = "When the segments cannot be written: hold events and go on, or exit with code 4.",
     .take = take_failure_policy<&Settings::events_on_error>},
    {.name = "events.outbox-max-size",
     .kind = text,
     .value_name = "SIZE",
     .default_text = "1GB",
     .help = "Size of the events that wait above which the oldest go, such as 512MB.",
     .take = take_size<&Settings::events_outbox_max_size>},
    {.name = "events.outbox-max-age",
     .kind = text,
     .value_name = "DURATION",
     .default_text = "90d",
     .help = "How long events wait for a sink before they go; 0s for no limit.",
     .take = take_duration<&Settings::events_outbox_max_age>},
    {.name = "events.signing-key-file",
     .kind = text,
     .value_name = "FILE",
     .default_text = "",
     .help = "Sign the segments with this key (`wgaudit events keygen`): checkpoints.",
     .take = take_segments<&take_signing_key_file>,
     .of_sinks = true},
    {.name = "events.checkpoint-lines",
     .kind = text,
     .value_name = "NUMBER",
     .default_text = "1000",
     .help = "A checkpoint after so many lines.",
     .take = take_segments<&take_checkpoint_lines>,
     .of_sinks = true},
    {.name = "events.checkpoint-interval",
     .kind = text,
     .value_name = "DURATION",
     .default_text = "5m",
     .help = "How long a line may stand without a checkpoint after it.",
     .take = take_segments<&take_checkpoint_interval>,
     .of_sinks = true},
    {.name = "events.max-segments",
     .kind = text,
     .value_name = "NUMBER",
     .default_text = "0",
     .help = "Segments above which the oldest are removed; 0 for no limit.",
     .take = take_segments<&take_max_segments>,
     .of_sinks = true},
    {.name = "events.max-bytes",
     .kind = text,
     .value_name = "SIZE",
     .default_text = "0",
     .help = "Size of all segments above which the oldest are removed, such as 10GB; 0 for no "
             "limit.",
     .take = take_segments<&take_max_bytes>,
     .of_sinks = true},
    {.name = "events.max-age",
     .kind = text,
     .value_name = "DURATION",
     .default_text = "0s",
     .help = "Age at which segments are removed, such as 365d; 0 for no limit.",
     .take = take_segments<&take_max_age>,
     .of_sinks = true},
    {.name = "history.retention",
     .kind = text,
     .value_name = "DURATION",
     .default_text = "90d",
     .help = "How long sessions that ended, closed findings and removed keys are kept.",
     .take = take_duration<&Settings::history_retention>},
    {.name = "history.max-size",
     .kind = text,
     .value_name = "SIZE",
     .default_text = "1GB",
     .help = "Size of the history above which its oldest rows go, such as 512MB.",
     .take = take_size<&Settings::history_max_size>},
    {.name = "metrics.peer-details",
     .kind = boolean,
     .value_name = "",
     .default_text = "false",
     .help = "Four more series a peer: allowed IPs, keepalive, preshared key, first seen.",
     .take = take_boolean<&Settings::metrics_peer_details>},
    {.name = "metrics.endpoints",
     .kind = boolean,
     .value_name = "",
     .default_text = "false",
     .help = "One more series a peer: its outer address.",
     .take = take_boolean<&Settings::metrics_endpoints>},
    {.name = "metrics.allowed-ips",
     .kind = boolean,
     .value_name = "",
     .default_text = "false",
     .help = "One more series for each prefix that a peer may use.",
     .take = take_boolean<&Settings::metrics_allowed_ips>},
    {.name = "metrics.identity-labels",
     .kind = text,
     .value_name = "LABEL,...|none",
     .default_text = "principal,principal_kind,principal_device,role,status",
     .help = "What wireguard_peer_info says of whose key it is.",
     .take = take_identity_labels},
    {.name = "metrics.peer-limit",
     .kind = text,
     .value_name = "NUMBER",
     .default_text = "50000",
     .help = "Peers of an interface above which its peer series are left out.",
     .take = take_number<&Settings::metrics_peer_limit>},
    {.name = "privacy.address",
     .kind = text,
     .value_name = "full|prefix|none",
     .default_text = "full",
     .help = "Outer addresses in metrics, API, events and history: /24 and /48 alone, or none.",
     .take = take_address_privacy,
     .of_state = true},
    {.name = "privacy.identity",
     .kind = text,
     .value_name = "full|hash|none",
     .default_text = "full",
     .help = "Names of people and devices there: a digest instead, or none.",
     .take = take_identity_privacy,
     .of_state = true},
    {.name = "web.listen-address",
     .kind = list,
     .value_name = "HOST:PORT|unix:PATH",
     .default_text = "127.0.0.1:9586",
     .help = "Address to listen on. Repeatable.",
     .take = take_listen_address,
     .clear = [](Settings& settings) { settings.web_listen_addresses.clear(); }},
    {.name = "web.systemd-socket",
     .kind = boolean,
     .value_name = "",
     .default_text = "false",
     .help = "Listen on the sockets that systemd hands over, instead of addresses.",
     .take = take_boolean<&Settings::web_systemd_socket>},
    {.name = "web.config.file",
     .kind = text,
     .value_name = "FILE",
     .default_text = "",
     .help = "TLS, client certificates, users, headers, rate limit: the exporter-toolkit's file.",
     .take = take_text<&Settings::web_config_file>},
    {.name = "web.telemetry-path",
     .kind = text,
     .value_name = "PATH",
     .default_text = "/metrics",
     .help = "Path of the metrics.",
     .take = take_telemetry_path},
    {.name = "web.allowed-hosts",
     .kind = list,
     .value_name = "NAME",
     .default_text = "",
     .help = "Host name, beside this host's own, by which page and API may be asked. Repeatable.",
     .take = take_allowed_host,
     .clear = [](Settings& settings) { settings.web_allowed_hosts.clear(); }},
    {.name = "web.max-requests",
     .kind = text,
     .value_name = "NUMBER",
     .default_text = "40",
     .help = "Requests that are served at once; 0 for no limit.",
     .take = take_number<&Settings::web_max_requests>},
    {.name = "web.disable-exporter-metrics",
     .kind = boolean,
     .value_name = "",
     .default_text = "false",
     .help = "Leave out the metrics of the exporter's own process (process_*).",
     .take = take_boolean<&Settings::web_disable_exporter_metrics>},
    {.name = "log.level",
     .kind = text,
     .value_name = "debug|info|warn|error",
     .default_text = "info",
     .help = "Least severity that is logged.",
     .take = take_log_level},
    {.name = "log.format",
     .kind = text,
     .value_name = "logfmt|json",
     .default_text = "logfmt",
     .help = "Form of the log lines.",
     .take = take_log_format},
};

}  // namespace

std::span<const Setting> settings_table() { return kSettings; }

const Setting* find_setting(std::string_view name) {
  const auto* found = std::ranges::find(kSettings, name, &Setting::name);
  return found == std::end(kSettings) ? nullptr : found;
}

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
