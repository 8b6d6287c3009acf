#include <algorithm>

#include "collectors/model/time.hpp"
#include "exporter/config/sink_type.hpp"

namespace wgaudit {
namespace {

using enum SyslogTransport;

constexpr ValueName<SyslogTransport> kTransports[] = {
    {"udp", udp}, {"tcp", tcp}, {"tls", tls}, {"unix", unix_socket}};

// RFC 5424, table 1, by the names of syslog.conf(5); but for kern, which is the kernel's own.
constexpr ValueName<unsigned> kFacilities[] = {
    {"user", 1},    {"mail", 2},    {"daemon", 3},  {"auth", 4},    {"syslog", 5},
    {"lpr", 6},     {"news", 7},    {"uucp", 8},    {"cron", 9},    {"authpriv", 10},
    {"ftp", 11},    {"ntp", 12},    {"audit", 13},  {"alert", 14},  {"clock", 15},
    {"local0", 16}, {"local1", 17}, {"local2", 18}, {"local3", 19}, {"local4", 20},
    {"local5", 21}, {"local6", 22}, {"local7", 23}};

SyslogSinkSettings& of(SinkSettings& sink) { return std::get<SyslogSinkSettings>(sink.kind); }
const SyslogSinkSettings& of(const SinkSettings& sink) {
  return std::get<SyslogSinkSettings>(sink.kind);
}

Reason take_transport(SinkSettings& sink, std::string_view value) {
  const auto transport = value_named(kTransports, value);
  if (!transport) return "not one of udp, tcp, tls, unix";
  of(sink).transport = *transport;
  return {};
}

Reason take_facility(SinkSettings& sink, std::string_view value) {
  const auto facility = value_named(kFacilities, value);
  if (!facility) return "not a facility such as local0, daemon or authpriv";
  of(sink).facility = *facility;
  return {};
}

Reason take_app_name(SinkSettings& sink, std::string_view value) {
  constexpr std::size_t kMost = 48;  // RFC 5424, 6.2.5
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  if (value.empty() || value.size() > kMost || !std::ranges::all_of(value, visible)) {
    return "not a name: 1 to 48 visible ASCII characters";
  }
  of(sink).app_name = value;
  return {};
}

Reason take_address(SinkSettings& sink, std::string_view value) {
  auto address = parse_host_port(value);
  if (!address) return "not HOST:PORT, [IPv6]:PORT or HOST";
  of(sink).host = std::move(address->host);
  of(sink).port = address->port;
  return {};
}

constexpr SinkKey kKeys[] = {
    {.name = "transport", .take = take_transport, .required = true},
    {.name = "address", .take = take_address},
    {.name = "path", .take = take_sink_path<SyslogSinkSettings, &SyslogSinkSettings::path>},
    {.name = "facility", .take = take_facility},
    {.name = "app_name", .take = take_app_name},
    {.name = "timeout", .take = take_sink_timeout<SyslogSinkSettings>},
    {.name = "ca_file", .take = take_sink_path<SyslogSinkSettings, &SyslogSinkSettings::ca_file>},
    {.name = "cert_file",
     .take = take_sink_path<SyslogSinkSettings, &SyslogSinkSettings::cert_file>},
    {.name = "key_file", .take = take_sink_path<SyslogSinkSettings, &SyslogSinkSettings::key_file>},
    {.name = "server_name",
     .take = take_sink_text<SyslogSinkSettings, &SyslogSinkSettings::server_name>},
};

// Keys that have a meaning for some transports alone.
std::vector<SinkIssue> check(const SinkSettings& sink) {
  const SyslogSinkSettings& syslog = of(sink);
  std::vector<SinkIssue> issues;
  const bool local = syslog.transport == unix_socket;
  if (!local && syslog.host.empty()) issues.push_back({"", "has no address"});
  if (local && !syslog.host.empty()) issues.push_back({"address", "has no meaning for unix: path"});
  if (!local && !syslog.path.empty()) issues.push_back({"path", "is for the transport unix"});
  check_tls_keys(syslog, syslog.transport == tls ? "" : "is for the transport tls", issues);
  return issues;
}

std::string_view promise(const SinkSettings& sink) {
  switch (of(sink).transport) {
    case tcp:
    case tls:
      return "at least once, but for what a broken connection held; the last 1,000 are sent again";
    case udp:
    case unix_socket:
      break;
  }
  return "best effort: what is sent is out of sight";
}

std::vector<SecretFile> secrets(const SinkSettings& sink) {
  if (of(sink).key_file.empty()) return {};
  return {{"key_file", of(sink).key_file}};
}

}  // namespace

std::uint16_t port_of(const SyslogSinkSettings& syslog) {
  if (syslog.port != 0) return syslog.port;
  switch (syslog.transport) {
    case tcp:
      return 601;
    case tls:
      return 6514;
    case udp:
    case unix_socket:
      break;
  }
  return 514;
}

const SinkType kSyslogSinkType = {.name = "syslog",
                                  .make = [] { return SinkKind{SyslogSinkSettings{}}; },
                                  .keys = kKeys,
                                  .promise = promise,
                                  .check = check,
                                  .secrets = secrets};

}  // namespace wgaudit
