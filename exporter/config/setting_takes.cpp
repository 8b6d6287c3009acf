#include "exporter/config/setting_takes.hpp"

#include <algorithm>

#include "exporter/config/listen_address.hpp"

namespace wgaudit {
namespace {

constexpr ValueName<LogLevel> kLogLevels[] = {{"debug", LogLevel::debug},
                                              {"info", LogLevel::info},
                                              {"warn", LogLevel::warn},
                                              {"error", LogLevel::error}};
constexpr ValueName<LogFormat> kLogFormats[] = {{"logfmt", LogFormat::logfmt},
                                                {"json", LogFormat::json}};

}  // namespace

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

}  // namespace wgaudit
