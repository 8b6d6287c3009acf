// What an event is in the Open Cybersecurity Schema Framework 1.8.0: its class and activity by its
// action, and the members of a line by class. Encoder, JSON Schema and page loop over these tables;
// what has no home in OCSF stands in `unmapped.wireguard`, as in ECS lines. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "audit/event.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/codec/event_values.hpp"

namespace wgaudit {

inline constexpr std::string_view kOcsfVersion = "1.8.0";
inline constexpr int kOtherActivity = 99;

enum class OcsfClass : std::uint8_t {
  tunnel_activity,
  detection_finding,   // of rules about keys that must not be there
  compliance_finding,  // of all other rules
  entity_management,
  application_lifecycle,
  event_log_activity,
  base_event,
};
inline constexpr std::size_t kOcsfClasses = 7;

struct OcsfClassInfo {
  OcsfClass id;
  int uid;  // class_uid
  std::string_view name;
  int category;  // category_uid
  std::string_view category_name;
};
[[nodiscard]] std::span<const OcsfClassInfo> ocsf_classes();  // in the order of OcsfClass
[[nodiscard]] const OcsfClassInfo& ocsf_class(OcsfClass id);

// What `entity` of Entity Management is.
enum class OcsfEntity : std::uint8_t { none, peer, record, interface, inventory };

struct OcsfActionInfo {
  Action action;
  OcsfClass of;  // of a rule: detection_finding, or compliance_finding by the rule
  int activity;  // activity_id
  std::string_view activity_name;
  OcsfEntity entity = OcsfEntity::none;
};
[[nodiscard]] const OcsfActionInfo& ocsf_action(Action action);
[[nodiscard]] OcsfClass ocsf_class_of(const Event& event);
// The classes that events of this action can have.
[[nodiscard]] std::span<const OcsfClass> ocsf_classes_of(Action action);

// All that a member is made of. Points into what to_ocsf() was given.
struct OcsfEvent {
  const Event& event;
  const EventValues& values;
  const OcsfClassInfo& of;
  const OcsfActionInfo& action;
  const std::vector<std::string>& tags;

  [[nodiscard]] std::string_view text(Field field) const;  // "" where there is none
};

// Where the value of a member comes from: a field, which then is not in `unmapped` too; a field
// that is there all the same, for who searches all classes by one name; several (nullopt: the line
// does not have it); or it is always the same.
struct CopyOf {
  Field field;
};
using OcsfDerive = std::optional<Value> (*)(const OcsfEvent&);
using OcsfSource = std::variant<Field, CopyOf, OcsfDerive, std::string_view, int, bool>;

enum class Presence : std::uint8_t {
  optional,
  with_object,  // wherever the object is that it is a member of
  always,       // in every line of its classes
};

struct OcsfMember {
  std::string_view path;  // "finding_info.uid"; "resources[].uid": of the one element of a list
  FieldType type;         // keyword, keywords, number (times are milliseconds) or boolean
  unsigned classes;       // a bit for each
  OcsfSource source;
  Presence presence = Presence::optional;
  std::string_view meaning{};  // for the page, where the source does not say it
  std::string_view form{};     // members of its JSON Schema beside `type`

  [[nodiscard]] bool is_of(OcsfClass id) const {
    return (classes >> static_cast<unsigned>(id) & 1U) != 0;
  }
};
// In the order of the line. Behind the first one stand the fields that have no home.
[[nodiscard]] std::span<const OcsfMember> ocsf_members();
[[nodiscard]] std::optional<Value> value_of(const OcsfMember& member, const OcsfEvent& event);
// "unmapped.wireguard.peer.allowed_ips", where lines of this class have the field there; else "".
[[nodiscard]] std::string_view unmapped_path(Field field, OcsfClass of);

}  // namespace wgaudit
