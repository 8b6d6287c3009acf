#include "exporter/daemon/event_log.hpp"

#include <algorithm>
#include <utility>

#include "exporter/daemon/log.hpp"

namespace wgaudit {
namespace {

// The events themselves say all; a line of the log says what it is about.
constexpr std::pair<std::string_view, Field> kShown[] = {
    {"principal", Field::principal_name}, {"rule", Field::rule_name},
    {"subject", Field::finding_subject},  {"detail", Field::finding_detail},
    {"source", Field::source_ip},         {"reason", Field::event_reason}};

bool is_alert(const Event& event) { return event.kind == EventKind::alert; }

void log_event(const Event& event) {
  std::vector<LogField> fields;
  fields.push_back({"sequence", std::to_string(event.sequence)});
  if (!event.netns.empty()) fields.push_back({"netns", event.netns});
  if (!event.interface.empty()) fields.push_back({"interface", event.interface});
  if (event.public_key) fields.push_back({"public_key", to_string(*event.public_key)});
  if (is_alert(event)) fields.push_back({"severity", std::string(to_string(event.severity))});
  for (const auto& [name, field] : kShown) {
    if (const auto text = event.text(field); !text.empty()) {
      fields.push_back({name, std::string(text)});
    }
  }
  log(is_alert(event) ? LogLevel::warn : LogLevel::info, to_string(event.action), fields);
}

}  // namespace

void log_events(const std::vector<Event>& events, const Privacy& privacy) {
  const std::size_t most = std::min(events.size(), kMaxEventLines);
  // Alerts first: they are what must not be among those left out.
  std::size_t lines = 0;
  for (const bool alerts : {true, false}) {
    for (const Event& event : events) {
      if (is_alert(event) != alerts || lines == most) continue;
      log_event(shown(event, privacy));
      ++lines;
    }
  }
  if (events.size() > most) {
    log(LogLevel::info, "more events in this poll",
        {{"left_out", std::to_string(events.size() - most)}});
  }
}

}  // namespace wgaudit
