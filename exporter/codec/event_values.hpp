// All that a line says of an event, by field: its facts, and what follows from them and from where
// it happened. No JSON yet.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.hpp"
#include "exporter/codec/event_json.hpp"

namespace wgaudit {

// One of bool, number, text, time or texts: references are resolved. Points into the event, which
// must outlive it.
class EventValues {
 public:
  EventValues(const Event& event, const EventOrigin& origin, std::string_view installation,
              std::string_view prev_hash);
  EventValues(const EventValues&) = delete;
  EventValues& operator=(const EventValues&) = delete;

  // The event as lines may show it: by the privacy of the origin.
  [[nodiscard]] const Event& event() const { return event_; }
  // Null: the line does not say it.
  [[nodiscard]] const Value* operator[](Field field) const {
    return by_field_[static_cast<std::size_t>(field)];
  }
  // Says that the line is cut.
  void mark_truncated();

 private:
  const std::optional<Event> hidden_;
  const Event& event_;
  std::vector<Fact> derived_;
  std::array<const Value*, kFields> by_field_{};
};

// Whether it tells of a finding; whether it tells of a rule: those, and bursts.
[[nodiscard]] bool is_about_finding(Action action);
[[nodiscard]] bool is_about_rule(Action action);
// event.category: all of the action's, but of a finding one, by its rule.
[[nodiscard]] std::vector<std::string> categories_of(const Event& event);
// "network session" as a list.
[[nodiscard]] std::vector<std::string> words(std::string_view text);

// Whether values of this kind are what a field of that type holds.
[[nodiscard]] bool holds(FieldType type, const Value& value);

}  // namespace wgaudit
