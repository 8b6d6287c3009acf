// Events as syslog messages of RFC 5424. Pure.
//
//   <131>1 2026-11-22T16:00:00.120Z gw1 wgaudit 812 finding-opened [meta sequenceId="1042"][origin
//   software="wgaudit" swVersion="0.1.0"] {"@timestamp":…}
//
// The time is that of the event, MSGID its action, meta.sequenceId its sequence. What follows the
// structured data is the JSON line as it is, without the byte order mark that RFC 5424 asks of text
// that says it is UTF-8: a JSON parser would choke on it (RFC 8259, 8.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/event.hpp"

namespace wgaudit {

// What every message of a sink says of who sends it.
struct SyslogSender {
  unsigned facility = 16;  // RFC 5424, table 1: local0
  std::string app_name = "wgaudit";
  std::string host_name;
  std::string process_id;
  std::string version;  // of wgaudit
};

// `json`: the event's line, without a line end.
[[nodiscard]] std::string syslog_message(const Event& event, const SyslogSender& sender,
                                         std::string_view json);
// Octet counting (RFC 6587, 3.4.1; RFC 5425, 4.3): "LENGTH MESSAGE" is appended.
void append_counted(std::string& stream, std::string_view message);

// RFC 5424, table 2: critical 2, high 3, medium 4, low 5, info 6.
[[nodiscard]] unsigned syslog_severity(Severity severity);

}  // namespace wgaudit
