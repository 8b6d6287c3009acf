#include "exporter/codec/event_message.hpp"

#include <cstdio>
#include <iterator>
#include <string_view>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

std::string text(const Event& event, Field field) { return to_printable(event.text(field)); }

template <typename T>
const T* fact(const Event& event, Field field) {
  const Value* value = event.find(field);
  return value == nullptr ? nullptr : std::get_if<T>(value);
}

std::string count(const Event& event, Field field, std::string_view noun) {
  const auto* number = fact<std::int64_t>(event, field);
  if (number == nullptr) return std::string(noun) + 's';
  return std::to_string(*number) + ' ' + std::string(noun) + (*number == 1 ? "" : "s");
}

std::string number(const Event& event, Field field) {
  const auto* value = fact<std::int64_t>(event, field);
  return value == nullptr ? "?" : std::to_string(*value);
}

// ": CAUSE", where there is one.
std::string because(const Event& event, Field field = Field::event_reason) {
  const std::string cause = text(event, field);
  return cause.empty() ? "" : ": " + cause;
}

std::string place(const Event& event) {
  if (event.netns.empty()) return to_printable(event.interface);
  return to_printable(event.netns) + ':' + to_printable(event.interface);
}

// " on wg0" or " in blue", where it is about an interface or a namespace.
std::string at_place(const Event& event, std::string_view preposition) {
  if (!event.interface.empty()) return ' ' + std::string(preposition) + ' ' + place(event);
  return event.netns.empty() ? "" : " in " + to_printable(event.netns);
}

std::string who(const Event& event) {
  std::string name = text(event, Field::principal_name);
  if (name.empty()) name = event.public_key ? short_form(*event.public_key) : "a peer";
  const std::string device = text(event, Field::principal_device);
  return device.empty() ? name : name + " (" + device + ')';
}

std::string address(const Event& event, Field ip, Field port) {
  const std::string host = text(event, ip);
  const auto* value = fact<std::int64_t>(event, port);
  if (host.empty() || value == nullptr) return host;
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(*value);
}

std::string started(const Event& event) {
  const auto* clean = fact<bool>(event, Field::clean_shutdown);
  const bool crashed = clean != nullptr && !*clean;
  return crashed ? "wgaudit started; the run before did not stop in order" : "wgaudit started";
}

std::string interface_changed_message(const Event& event) {
  const auto is = [&](Field field) {
    const auto* value = fact<bool>(event, field);
    return value != nullptr && *value;
  };
  const std::string before = text(event, Field::before_interface_name);
  if (is(Field::interface_renamed)) return "Interface " + before + " is now " + place(event);
  if (is(Field::interface_restarted)) return "Interface " + place(event) + " was created anew";
  return "Interface " + place(event) + " changed";
}

std::string session_started_message(const Event& event) {
  const std::string from = address(event, Field::source_ip, Field::source_port);
  return who(event) + " connected" + at_place(event, "to") + (from.empty() ? "" : " from " + from);
}

std::string endpoint_message(const Event& event) {
  if (event.find(Field::source_ip) == nullptr) {  // where it may not be said
    return who(event) + " changed its outer address" + at_place(event, "on");
  }
  return who(event) + " moved from " +
         address(event, Field::endpoint_previous_ip, Field::endpoint_previous_port) + " to " +
         address(event, Field::source_ip, Field::source_port) + at_place(event, "on");
}

std::string finding(const Event& event, std::string_view verb) {
  std::string sentence = "Finding " + text(event, Field::rule_name) + ' ' + std::string(verb);
  if (event.public_key) sentence += " for " + who(event);
  return sentence + at_place(event, "on");
}

std::string suppressed_message(const Event& event) {
  std::int64_t sum = 0;
  for (const Field field : {Field::suppressed_session_started, Field::suppressed_session_ended,
                            Field::suppressed_endpoint_changed}) {
    if (const auto* value = fact<std::int64_t>(event, field)) sum += *value;
  }
  return std::to_string(sum) + " events about " + who(event) + at_place(event, "on") +
         " were counted instead of told";
}

std::string clock_message(const Event& event) {
  const auto* step = fact<std::int64_t>(event, Field::clock_step_milliseconds);
  if (step == nullptr) return "The wall clock was set";
  const double seconds = static_cast<double>(*step) / 1000;
  char sentence[80];
  std::snprintf(sentence, sizeof sentence, "The wall clock was set %s by %.3f seconds",
                seconds < 0 ? "back" : "forward", seconds < 0 ? -seconds : seconds);
  return sentence;
}

using Sentence = std::string (*)(const Event&);

// In the order of Action.
constexpr Sentence kSentences[] = {
    started,
    [](const Event& e) { return "wgaudit stopped" + because(e); },
    [](const Event& e) {
      return "wgaudit runs; the last event was " + number(e, Field::last_sequence);
    },
    [](const Event& e) { return "Baseline established" + because(e); },
    [](const Event& e) { return "State of " + who(e) + at_place(e, "on"); },
    [](const Event& e) {
      return "Inventory loaded: " + count(e, Field::inventory_records, "record");
    },
    [](const Event& e) {
      return "Inventory rejected: " + count(e, Field::inventory_problem_count, "problem") +
             "; the one before stays in force";
    },
    [](const Event& e) { return "Inventory record of " + who(e) + " added"; },
    [](const Event& e) { return "Inventory record of " + who(e) + " removed"; },
    [](const Event& e) { return "Inventory record of " + who(e) + " changed"; },
    [](const Event& e) {
      return "Interface " + place(e) + " added with " + count(e, Field::interface_peers, "peer");
    },
    [](const Event& e) {
      return "Interface " + place(e) + " removed with " + count(e, Field::interface_peers, "peer");
    },
    interface_changed_message,
    [](const Event& e) { return "Peer added" + at_place(e, "to") + ": " + who(e); },
    [](const Event& e) { return "Peer removed" + at_place(e, "from") + ": " + who(e); },
    [](const Event& e) { return "Peer changed" + at_place(e, "on") + ": " + who(e); },
    [](const Event& e) {
      return who(e) + " took allowed IPs from " + text(e, Field::moved_from_principal) +
             at_place(e, "on");
    },
    [](const Event& e) { return "Key of " + who(e) + at_place(e, "on") + " rotated"; },
    session_started_message,
    [](const Event& e) { return who(e) + " disconnected" + at_place(e, "from") + because(e); },
    endpoint_message,
    [](const Event& e) { return finding(e, "opened") + because(e, Field::finding_detail); },
    [](const Event& e) { return finding(e, "changed") + because(e, Field::finding_detail); },
    [](const Event& e) { return finding(e, "closed") + because(e); },
    [](const Event& e) {
      return count(e, Field::finding_count, "finding") + " of rule " + text(e, Field::rule_name) +
             " opened at once" + at_place(e, "on");
    },
    suppressed_message,
    [](const Event& e) {
      return "Events " + number(e, Field::lost_first) + " to " + number(e, Field::lost_last) +
             " were lost: the outbox was over its limit";
    },
    clock_message,
    [](const Event& e) { return "Segment " + text(e, Field::segment_name) + " opened"; },
    [](const Event& e) {
      return "Signed up to event " + number(e, Field::checkpoint_last_sequence) + because(e);
    },
    [](const Event& e) {
      const auto* names = fact<std::vector<std::string>>(e, Field::removed_segments);
      const std::size_t size = names == nullptr ? 0 : names->size();
      return "The oldest " + std::to_string(size) + (size == 1 ? " segment" : " segments") +
             " removed" + because(e);
    },
};
static_assert(std::size(kSentences) == kActions);

}  // namespace

std::string message_of(const Event& event) {
  return kSentences[static_cast<std::size_t>(event.action)](event);
}

}  // namespace wgaudit
