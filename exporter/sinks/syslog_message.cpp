#include "exporter/sinks/syslog_message.hpp"

#include <algorithm>

#include "collectors/model/time.hpp"

namespace wgaudit {
namespace {

// RFC 5424, 6: the longest of each.
constexpr std::size_t kMaxHostName = 255, kMaxAppName = 48, kMaxProcessId = 128;
// 7.3.1: a sequenceId begins at 1, and again after this.
constexpr std::uint64_t kMaxSequenceId = 2'147'483'647;

// PRINTUSASCII; "-" (NILVALUE) where nothing is left.
std::string header_word(std::string_view text, std::size_t most) {
  std::string word;
  for (const char c : text.substr(0, most)) word += c > ' ' && c <= '~' ? c : '_';
  return word.empty() ? "-" : word;
}

// 6.3.3: '"', '\' and ']' are escaped in the value of a parameter.
std::string parameter(std::string_view name, std::string_view value) {
  std::string text = ' ' + std::string(name) + "=\"";
  for (const char c : value) {
    if (c == '"' || c == '\\' || c == ']') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string structured_data(const Event& event, const SyslogSender& sender) {
  std::string text;
  if (event.sequence > 0) {
    const std::uint64_t id = (event.sequence - 1) % kMaxSequenceId + 1;
    text += "[meta" + parameter("sequenceId", std::to_string(id)) + ']';
  }
  return text + "[origin" + parameter("software", "wgaudit") +
         parameter("swVersion", sender.version.substr(0, 32)) + ']';
}

}  // namespace

unsigned syslog_severity(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return 2;
    case Severity::high:
      return 3;
    case Severity::medium:
      return 4;
    case Severity::low:
      return 5;
    case Severity::info:
      break;
  }
  return 6;
}

std::string syslog_message(const Event& event, const SyslogSender& sender, std::string_view json) {
  const unsigned priority = sender.facility * 8 + syslog_severity(event.severity);
  std::string message = '<' + std::to_string(priority) + ">1 " + to_rfc3339(event.at);
  for (const std::string& word :
       {header_word(sender.host_name, kMaxHostName), header_word(sender.app_name, kMaxAppName),
        header_word(sender.process_id, kMaxProcessId), std::string(to_string(event.action))}) {
    message += ' ' + word;
  }
  message += ' ' + structured_data(event, sender) + ' ';
  return message.append(json);
}

void append_counted(std::string& stream, std::string_view message) {
  stream.append(std::to_string(message.size())).append(1, ' ').append(message);
}

}  // namespace wgaudit
