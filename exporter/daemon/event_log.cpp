#include "exporter/daemon/event_log.hpp"

#include <algorithm>

#include "exporter/daemon/log.hpp"

namespace wgaudit {
namespace {

bool is_alert(const Event& event) {
  return event.action == Action::finding_opened || event.action == Action::finding_changed;
}

void log_event(const Event& event) {
  std::vector<LogField> fields;
  if (!event.netns.empty()) fields.push_back({"netns", event.netns});
  if (!event.interface.empty()) fields.push_back({"interface", event.interface});
  if (event.public_key) fields.push_back({"public_key", to_string(*event.public_key)});
  if (!event.principal.empty()) fields.push_back({"principal", event.principal});
  if (is_alert(event)) fields.push_back({"severity", std::string(to_string(event.severity))});
  for (const Fact& fact : event.facts) fields.push_back({fact.field, fact.value});
  log(is_alert(event) ? LogLevel::warn : LogLevel::info, to_string(event.action), fields);
}

}  // namespace

void log_events(const std::vector<Event>& events) {
  const std::size_t shown = std::min(events.size(), kMaxEventLines);
  // Alerts first: they are what must not be among those left out.
  std::size_t lines = 0;
  for (const bool alerts : {true, false}) {
    for (const Event& event : events) {
      if (is_alert(event) != alerts || lines == shown) continue;
      log_event(event);
      ++lines;
    }
  }
  if (events.size() > shown) {
    log(LogLevel::info, "more events in this poll",
        {{"left_out", std::to_string(events.size() - shown)}});
  }
}

}  // namespace wgaudit
