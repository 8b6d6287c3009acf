// Everything that can be configured, as one value, and the one table that flags, environment, file,
// `check config` and --help are made from.
//
// Precedence: flag > environment (WGAUDIT_…) > file (YAML) > default.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/rules.hpp"
#include "collectors/model/targets.hpp"
#include "collectors/model/time.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/codec/identity_labels.hpp"
#include "exporter/codec/privacy.hpp"
#include "exporter/config/log_settings.hpp"
#include "exporter/config/setting_values.hpp"
#include "exporter/config/sink_settings.hpp"

namespace wgaudit {

// What a disk that fails leads to: what it refused waits in order, or the program ends with exit
// code 4, for the service manager to see to it.
enum class FailurePolicy : std::uint8_t { hold, exit };

struct Settings {
  std::string config_file;            // "" = none
  std::string host_name;              // no setting: as the system has it
  std::string gateway_name;           // never "" after load_settings()
  std::string inventory_file;         // "" = none
  double inventory_max_shrink = 0.3;  // share of the records
  std::string posture_file;           // "" = none
  bool collector_netlink = true;
  bool collector_uapi = true;
  Duration collector_interval = std::chrono::seconds{5};
  Duration collector_max_age = std::chrono::seconds{1};
  Duration collector_settle = std::chrono::seconds{10};
  bool collector_all_netns = false;
  std::vector<NetnsTarget> collector_netns;
  std::vector<UapiDirectory> collector_uapi_directories{{"", "/run/wireguard"}};
  std::string state_directory;  // never "" after load_settings()
  FailurePolicy state_on_error = FailurePolicy::hold;
  std::string events_directory;  // "" = no file sink
  bool events_stdout = false;
  EventFormat events_format = EventFormat::ecs;  // of file and standard output
  EventSync events_sync = EventSync::batch;
  FailurePolicy events_on_error = FailurePolicy::hold;
  std::uint64_t events_outbox_max_size = std::uint64_t{1} << 30U;
  Duration events_outbox_max_age = std::chrono::days{90};  // 0: no limit
  SegmentSettings events_segments;
  Duration history_retention = std::chrono::days{90};
  std::uint64_t history_max_size = std::uint64_t{1} << 30U;
  bool metrics_peer_details = false;
  bool metrics_endpoints = false;
  bool metrics_allowed_ips = false;
  IdentityLabels metrics_identity_labels;
  std::uint64_t metrics_peer_limit = 50'000;
  std::vector<std::string> web_listen_addresses{"127.0.0.1:9586"};
  std::string web_telemetry_path = "/metrics";
  std::vector<std::string> web_allowed_hosts;
  bool web_systemd_socket = false;
  std::string web_config_file;     // "" = none
  unsigned web_max_requests = 40;  // 0: no limit
  bool web_disable_exporter_metrics = false;
  Privacy privacy;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::logfmt;
  RuleSettings rules;               // in the file only
  std::vector<SinkSettings> sinks;  // likewise; configured_sinks() has all
};

enum class SettingKind : std::uint8_t { text, boolean, list };

struct Setting {
  std::string_view name;  // "collector.interval": flag without "--", and path in the file
  SettingKind kind;
  std::string_view value_name;    // "DURATION"; of a boolean ""
  std::string_view default_text;  // as one would write it
  std::string_view help;
  // Takes one value; of a list one more. A boolean gets "true" or "false".
  Reason (*take)(Settings&, std::string_view value);
  void (*clear)(Settings&) = nullptr;  // of a list: before the first value of a layer
  bool of_collecting = false;          // concerns report, metrics and inventory init too
  bool of_state = false;               // concerns commands that read the state directory
  bool of_sinks = false;               // a change takes effect on SIGHUP
};

[[nodiscard]] std::span<const Setting> settings_table();
[[nodiscard]] const Setting* find_setting(std::string_view name);
[[nodiscard]] std::string environment_name(const Setting& setting);  // "WGAUDIT_COLLECTOR_INTERVAL"

[[nodiscard]] Targets targets_of(const Settings& settings);

}  // namespace wgaudit
