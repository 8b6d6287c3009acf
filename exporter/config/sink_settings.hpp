// Where events go, as it is configured: values. The list `sinks:` of the file, and the two sinks
// that flags name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "collectors/model/time.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/codec/http_body.hpp"
#include "exporter/config/config_problem.hpp"
#include "exporter/config/segment_settings.hpp"
#include "exporter/config/setting_values.hpp"
#include "exporter/net/http_url.hpp"

namespace wgaudit {

struct Settings;

// When the file sink calls fdatasync(2).
enum class EventSync : std::uint8_t { batch, off };
[[nodiscard]] Reason take_sync(EventSync& sync, std::string_view value);

struct FileSinkSettings {
  std::string directory;  // absolute
  EventSync sync = EventSync::batch;
  SegmentSettings segments{};
  friend bool operator==(const FileSinkSettings&, const FileSinkSettings&) = default;
};

struct StdoutSinkSettings {
  friend bool operator==(const StdoutSinkSettings&, const StdoutSinkSettings&) = default;
};

struct HttpSinkSettings {
  HttpUrl url;  // as it is written: without the path that the body has by default
  HttpBody body = HttpBody::ndjson;
  std::string index{}, source{}, sourcetype{};
  std::map<std::string, std::string> labels{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string token_file{}, token_scheme{}, username{}, password_file{};
  std::string ca_file{}, cert_file{}, key_file{}, server_name{};
  bool gzip = false;
  std::size_t batch_events = 1'000, batch_bytes = 1'000'000;
  Duration timeout = std::chrono::seconds{30};
  friend bool operator==(const HttpSinkSettings&, const HttpSinkSettings&) = default;
};

// Of Elasticsearch, where neither `index` nor the path names another: the data stream of
// alerts/siem/elasticsearch, which is for ECS.
inline constexpr std::string_view kDefaultIndex = "logs-wireguard.audit-default";
[[nodiscard]] bool takes_default_index(const HttpSinkSettings& http);

enum class SyslogTransport : std::uint8_t { udp, tcp, tls, unix_socket };

struct SyslogSinkSettings {
  SyslogTransport transport = SyslogTransport::udp;
  std::string host;        // not of a unix socket
  std::uint16_t port = 0;  // 0: the transport's usual one; port_of() has it
  std::string path;        // of a unix socket; "": /dev/log
  unsigned facility = 16;  // RFC 5424, table 1: local0
  std::string app_name = "wgaudit";
  Duration timeout = std::chrono::seconds{30};
  // Of TLS; "" = the system's authorities, no client certificate, the host.
  std::string ca_file, cert_file, key_file, server_name;
  friend bool operator==(const SyslogSinkSettings&, const SyslogSinkSettings&) = default;
};
// syslog 514 (RFC 5426), 601 (RFC 6587), 6514 (RFC 5425), unless the settings say another.
[[nodiscard]] std::uint16_t port_of(const SyslogSinkSettings& syslog);

// One alternative a type, in the order of sink_types().
using SinkKind =
    std::variant<FileSinkSettings, StdoutSinkSettings, HttpSinkSettings, SyslogSinkSettings>;

struct SinkSettings {
  std::string name;  // of its cursor and its metrics: [a-z0-9][a-z0-9_-]*
  SinkKind kind;
  bool paused = false;  // its events wait
  EventFormat format = EventFormat::ecs;
  friend bool operator==(const SinkSettings&, const SinkSettings&) = default;
};

// All of them: `file` (events.directory), `stdout` (events.stdout), then those of the list.
[[nodiscard]] std::vector<SinkSettings> configured_sinks(const Settings& settings);

[[nodiscard]] std::string_view type_of(const SinkSettings& sink);
// What it promises of delivery, in one line: SINKS.md says more.
[[nodiscard]] std::string_view promise_of(const SinkSettings& sink);

// What must hold between sinks, whatever layer they came from.
[[nodiscard]] std::vector<ConfigProblem> check_sinks(const std::vector<SinkSettings>& sinks);
// The certificates of sinks that speak TLS and their keys: whether a connection could be made with
// them. Blocks on the disk.
[[nodiscard]] std::vector<ConfigProblem> check_certificate_files(
    const std::vector<SinkSettings>& sinks);
// The files of secrets, as the disk has them: others must not read them. Blocks on the disk.
[[nodiscard]] std::vector<ConfigProblem> check_secret_files(const std::vector<SinkSettings>& sinks);

}  // namespace wgaudit
