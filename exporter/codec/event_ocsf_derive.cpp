#include "exporter/codec/event_ocsf_derive.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <vector>

#include "audit/rules.hpp"

namespace wgaudit::ocsf_derive {
namespace {

// A number of OCSF and the caption that its schema gives it.
struct Caption {
  int id = 0;
  std::string_view text;
};

Derived id_of(const std::optional<Caption>& caption) {
  return caption ? Derived{std::int64_t{caption->id}} : std::nullopt;
}
Derived text_of(const std::optional<Caption>& caption) {
  return caption ? Derived{std::string(caption->text)} : std::nullopt;
}
Derived text_if_any(std::string text) {
  return text.empty() ? std::nullopt : Derived{std::move(text)};
}

const std::int64_t* number(const OcsfEvent& e, Field field) {
  const Value* value = e.values[field];
  return value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
}

std::optional<Caption> status_of(const OcsfEvent& e) {
  const std::string_view outcome = e.text(Field::event_outcome);
  if (is_about_rule(e.event.action)) {
    return e.event.action == Action::finding_closed ? Caption{4, "Resolved"} : Caption{1, "New"};
  }
  if (outcome == "success") return Caption{1, "Success"};
  if (outcome == "failure") return Caption{2, "Failure"};
  return std::nullopt;
}

std::optional<Caption> compliance_of(const OcsfEvent& e) {
  if (e.event.action == Action::finding_closed) return Caption{1, "Pass"};
  return e.event.severity >= Severity::medium ? Caption{3, "Fail"} : Caption{2, "Warning"};
}

std::optional<Caption> protocol_of(const OcsfEvent& e) {
  const std::string_view type = e.text(Field::network_type);
  if (type == "ipv4") return Caption{4, "Internet Protocol version 4 (IPv4)"};
  if (type == "ipv6") return Caption{6, "Internet Protocol version 6 (IPv6)"};
  return std::nullopt;
}

std::optional<Caption> user_of(const OcsfEvent& e) {
  if (e.text(Field::user_name).empty()) return std::nullopt;
  const std::string_view kind = e.text(Field::principal_kind);
  if (kind == "user") return Caption{1, "User"};
  if (kind == "service") return Caption{4, "Service"};
  if (kind == "device") return Caption{kOtherActivity, "Device"};
  if (kind == "gateway") return Caption{kOtherActivity, "Gateway"};
  return Caption{0, "Unknown"};
}

Caption record_of(const OcsfEvent& e) {
  const std::string_view kind = e.text(Field::principal_kind);
  if (kind == "user") return {2, "User"};
  if (kind == "device") return {1, "Device"};
  if (kind == "service") return {kOtherActivity, "Service"};
  if (kind == "gateway") return {kOtherActivity, "Gateway"};
  return {0, "Unknown"};
}

std::optional<Caption> entity_of(const OcsfEvent& e) {
  switch (e.action.entity) {
    case OcsfEntity::peer:
      return Caption{1, "Device"};
    case OcsfEntity::record:
      return record_of(e);
    case OcsfEntity::interface:
      return Caption{kOtherActivity, "WireGuard Interface"};
    case OcsfEntity::inventory:
      return Caption{5, "Policy"};
    case OcsfEntity::none:
      break;
  }
  return std::nullopt;
}

std::string place_of(const Event& event) {
  return event.netns.empty() ? event.interface : event.netns + ':' + event.interface;
}

// "alice-laptop", "alice", or "unknown:6mCk0pI7".
std::string owner_of(const OcsfEvent& e) {
  const std::string_view device = e.text(Field::principal_device);
  if (!device.empty()) return std::string(device);
  const std::string_view principal = e.text(Field::principal_name);
  if (!principal.empty()) return std::string(principal);
  return e.event.public_key ? short_form(*e.event.public_key) : "";
}

std::string peer_of(const OcsfEvent& e) {
  const std::string place = place_of(e.event);
  return place.empty() ? owner_of(e) : place + '/' + owner_of(e);
}

bool has(const OcsfEvent& e, Field field) { return e.values[field] != nullptr; }

}  // namespace

std::int64_t milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

Derived time(const OcsfEvent& e) { return milliseconds(e.event.at); }

// `device` and `is_alert` are of these profiles; of Detection Findings `is_alert` is their own.
Derived profiles(const OcsfEvent& e) {
  std::vector<std::string> names{"host"};
  if (e.event.kind == EventKind::alert && e.of.id != OcsfClass::detection_finding) {
    names.emplace_back("security_control");
  }
  return names;
}

Derived labels(const OcsfEvent& e) { return e.tags.empty() ? std::nullopt : Derived{e.tags}; }

Derived category_uid(const OcsfEvent& e) { return std::int64_t{e.of.category}; }
Derived category_name(const OcsfEvent& e) { return std::string(e.of.category_name); }
Derived class_uid(const OcsfEvent& e) { return std::int64_t{e.of.uid}; }
Derived class_name(const OcsfEvent& e) { return std::string(e.of.name); }
Derived activity_id(const OcsfEvent& e) { return std::int64_t{e.action.activity}; }
Derived activity_name(const OcsfEvent& e) { return std::string(e.action.activity_name); }
Derived type_uid(const OcsfEvent& e) {
  return std::int64_t{e.of.uid} * 100 + std::int64_t{e.action.activity};
}
Derived type_name(const OcsfEvent& e) {
  const bool other = e.action.activity == kOtherActivity;
  return std::string(e.of.name) + ": " +
         (other ? std::string("Other") : std::string(e.action.activity_name));
}

Derived severity(const OcsfEvent& e) {
  constexpr std::string_view kCaptions[] = {"Unknown", "Informational", "Low",
                                            "Medium",  "High",          "Critical"};
  return std::string(kCaptions[static_cast<std::size_t>(e.event.severity)]);
}

Derived status_id(const OcsfEvent& e) { return id_of(status_of(e)); }
Derived status(const OcsfEvent& e) { return text_of(status_of(e)); }
Derived is_alert(const OcsfEvent& e) {
  return e.event.kind == EventKind::alert ? Derived{true} : std::nullopt;
}

Derived duration(const OcsfEvent& e) {
  const std::int64_t* nanoseconds = number(e, Field::event_duration);
  return nanoseconds == nullptr ? std::nullopt : Derived{*nanoseconds / 1'000'000};
}

Derived traffic_bytes(const OcsfEvent& e) {
  const std::int64_t* received = number(e, Field::source_bytes);
  const std::int64_t* sent = number(e, Field::destination_bytes);
  std::int64_t sum = 0;
  if (received == nullptr || sent == nullptr || __builtin_add_overflow(*received, *sent, &sum)) {
    return std::nullopt;
  }
  return sum;
}

Derived protocol_version_id(const OcsfEvent& e) { return id_of(protocol_of(e)); }
Derived protocol_version(const OcsfEvent& e) { return text_of(protocol_of(e)); }
Derived user_type_id(const OcsfEvent& e) { return id_of(user_of(e)); }
Derived user_type(const OcsfEvent& e) { return text_of(user_of(e)); }

// A burst is a finding of its own, that nothing closes: its event's id.
Derived finding_uid(const OcsfEvent& e) {
  const std::string_view id = e.text(Field::finding_id);
  return std::string(id.empty() ? e.text(Field::event_id) : id);
}

Derived finding_title(const OcsfEvent& e) {
  const RuleInfo* rule = find_rule(e.text(Field::rule_name));
  return std::string(rule == nullptr ? e.text(Field::rule_name) : rule->opens_when);
}

Derived compliance_status_id(const OcsfEvent& e) { return id_of(compliance_of(e)); }
Derived compliance_status(const OcsfEvent& e) { return text_of(compliance_of(e)); }

Derived resource_name(const OcsfEvent& e) {
  return text_if_any(e.event.public_key ? peer_of(e) : place_of(e.event));
}

Derived resource_type(const OcsfEvent& e) {
  if (e.event.public_key) return std::string("WireGuard peer");
  if (!e.event.interface.empty()) return std::string("WireGuard interface");
  return e.event.netns.empty() ? std::nullopt : Derived{std::string("network namespace")};
}

Derived entity_name(const OcsfEvent& e) {
  switch (e.action.entity) {
    case OcsfEntity::peer:
      return peer_of(e);
    case OcsfEntity::record:
      return owner_of(e);
    case OcsfEntity::interface:
      return place_of(e.event);
    case OcsfEntity::inventory:
      return std::string("inventory");
    case OcsfEntity::none:
      break;
  }
  return std::nullopt;
}

Derived entity_uid(const OcsfEvent& e) {
  const bool is_interface = e.action.entity == OcsfEntity::interface;
  return text_if_any(
      std::string(e.text(is_interface ? Field::interface_public_key : Field::peer_key_sha256)));
}

Derived entity_type_id(const OcsfEvent& e) { return id_of(entity_of(e)); }
Derived entity_type(const OcsfEvent& e) { return text_of(entity_of(e)); }

Derived device_type_id(const OcsfEvent& e) {
  return has(e, Field::principal_device) ? Derived{std::int64_t{0}} : std::nullopt;
}
Derived device_type(const OcsfEvent& e) {
  return has(e, Field::principal_device) ? Derived{std::string("Unknown")} : std::nullopt;
}

Derived file_type_id(const OcsfEvent& e) {
  return has(e, Field::segment_name) ? Derived{std::int64_t{1}} : std::nullopt;
}
Derived file_type(const OcsfEvent& e) {
  return has(e, Field::segment_name) ? Derived{std::string("Regular File")} : std::nullopt;
}

}  // namespace wgaudit::ocsf_derive
