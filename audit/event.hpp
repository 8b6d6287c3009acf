// Events: things that happened, as values. The diff of a poll against Memory yields them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/finding.hpp"
#include "collectors/model/key.hpp"

namespace wgaudit {

enum class Action : std::uint8_t {
  interface_added,
  interface_removed,
  interface_changed,
  peer_added,
  peer_removed,
  peer_changed,
  session_started,
  session_ended,
  endpoint_changed,
  finding_opened,
  finding_changed,
  finding_closed,
};
[[nodiscard]] std::string_view to_string(Action action);  // "finding-opened"

struct Fact {
  std::string_view field;
  std::string value;
  friend bool operator==(const Fact&, const Fact&) = default;
};

struct Event {
  Action action = Action::interface_added;
  std::string netns, interface;
  std::optional<Key> public_key;
  std::string principal;
  Severity severity = Severity::info;
  std::vector<Fact> facts;
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace wgaudit
