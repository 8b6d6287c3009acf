#include "exporter/codec/event_schema_fields.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "exporter/codec/event_related.hpp"
#include "exporter/codec/event_values.hpp"
#include "exporter/codec/schema_object.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kKey = R"("pattern": "^[A-Za-z0-9+/]{43}=$")";
constexpr std::string_view kDigest = R"("pattern": "^[0-9a-f]{64}$")";
constexpr std::string_view kId = R"("pattern": "^[0-9a-f]{32}$")";
constexpr std::string_view kSeverity = R"("enum": ["info", "low", "medium", "high", "critical"])";
constexpr std::string_view kStatusWords =
    R"("enum": ["active", "unreviewed", "disabled", "revoked", "unknown"])";
constexpr std::string_view kPort = R"("minimum": 0, "maximum": 65535)";
constexpr std::string_view kMark = R"("minimum": 0, "maximum": 4294967295)";
constexpr std::string_view kCount = R"("minimum": 0)";
constexpr std::string_view kSequence = R"("minimum": 1)";

struct Constraint {
  Field field;
  std::string_view json;  // members of the schema, beside "type"
};
constexpr Constraint kConstraints[] = {
    {Field::prev_hash, R"("pattern": "^sha256:[0-9a-f]{64}$")"},
    {Field::installation, R"("minLength": 1)"},
    {Field::truncated, R"("const": true)"},
    {Field::down_seconds, kCount},
    {Field::last_sequence, kCount},
    {Field::lost_first, kSequence},
    {Field::lost_last, kSequence},
    {Field::suppressed_session_started, kCount},
    {Field::suppressed_session_ended, kCount},
    {Field::suppressed_endpoint_changed, kCount},
    {Field::segment_first_sequence, kCount},
    {Field::segment_torn_bytes, kCount},
    {Field::segment_torn_hash, kDigest},
    {Field::segment_torn_after, kDigest},
    {Field::checkpoint_last_sequence, kCount},
    {Field::checkpoint_key_id, kDigest},
    {Field::checkpoint_previous_key_id, kDigest},
    {Field::checkpoint_signature, R"("pattern": "^[0-9a-f]{128}$")"},
    {Field::removed_last_hash, kDigest},
    {Field::removed_bytes, kCount},
    {Field::interface_name, R"("minLength": 1)"},
    {Field::interface_netns, R"("minLength": 1)"},
    {Field::interface_public_key, kKey},
    {Field::interface_listen_port, kPort},
    {Field::interface_peers, kCount},
    {Field::peer_public_key, kKey},
    {Field::peer_key_sha256, kDigest},
    {Field::peer_persistent_keepalive_seconds, kPort},
    {Field::before_persistent_keepalive_seconds, kPort},
    {Field::before_public_key, R"("pattern": "^([A-Za-z0-9+/]{43}=)?$")"},
    {Field::before_listen_port, kPort},
    {Field::before_firewall_mark, kMark},
    {Field::before_status, kStatusWords},
    {Field::before_severity, kSeverity},
    {Field::after_persistent_keepalive_seconds, kPort},
    {Field::after_public_key, R"("pattern": "^([A-Za-z0-9+/]{43}=)?$")"},
    {Field::after_listen_port, kPort},
    {Field::after_firewall_mark, kMark},
    {Field::after_status, kStatusWords},
    {Field::principal_kind, R"("enum": ["user", "device", "service", "gateway"])"},
    {Field::principal_status, kStatusWords},
    {Field::session_idle_before_seconds, kCount},
    {Field::session_unobserved_seconds, kCount},
    {Field::endpoint_previous_port, kPort},
    {Field::finding_id, kId},
    {Field::finding_severity, kSeverity},
    {Field::finding_count, kSequence},
    {Field::rotation_previous_key, kKey},
    {Field::inventory_sha256, kDigest},
    {Field::inventory_records, kCount},
    {Field::inventory_records_added, kCount},
    {Field::inventory_records_removed, kCount},
    {Field::inventory_records_changed, kCount},
    {Field::inventory_problem_count, kCount},
    {Field::event_sequence, kSequence},
    {Field::event_kind, R"("enum": ["event", "alert", "state"])"},
    {Field::event_id, kId},
    {Field::event_severity, R"("enum": [1, 2, 3, 4, 5])"},
    {Field::event_module, R"("const": "wireguard")"},
    {Field::event_dataset, R"("const": "wireguard.audit")"},
    {Field::event_provider, R"("const": "wgaudit")"},
    {Field::event_outcome, R"("enum": ["success", "failure"])"},
    {Field::event_duration, kCount},
    {Field::ecs_version, R"("const": "8.17.0")"},
    {Field::message, R"("minLength": 1)"},
    {Field::observer_type, R"("const": "sensor")"},
    {Field::observer_product, R"("const": "wgaudit")"},
    {Field::network_transport, R"("const": "udp")"},
    {Field::network_protocol, R"("const": "wireguard")"},
    {Field::network_type, R"("enum": ["ipv4", "ipv6"])"},
    {Field::source_port, kPort},
    {Field::source_bytes, kCount},
    {Field::destination_bytes, kCount},
    {Field::rule_id, R"("pattern": "^WGA-[0-9]{3}$")"},
    {Field::rule_name, R"("pattern": "^[a-z][a-z_]*$")"},
    {Field::rule_category, R"("const": "policy")"},
    {Field::rule_ruleset, R"("const": "wgaudit")"},
};

// Paths of what every line has, objects with their members.
constexpr std::string_view kRequired[] = {
    "@timestamp",
    "wireguard",
    "wireguard.audit",
    "wireguard.audit.installation",
    "wireguard.gateway",
    "wireguard.gateway.name",
    "event",
    "event.kind",
    "event.category",
    "event.type",
    "event.action",
    "event.severity",
    "event.module",
    "event.dataset",
    "event.provider",
    "ecs",
    "ecs.version",
    "message",
    "observer",
    "observer.type",
    "observer.product",
    "observer.version",
    "observer.name",
    "host",
    "host.name",
    // Where the object is there, so are these.
    "observer.ingress.interface",
    "observer.ingress.interface.name",
    "wireguard.peer.public_key",
    "wireguard.peer.key_sha256",
    "wireguard.checkpoint.last_sequence",
    "wireguard.checkpoint.key_id",
    "wireguard.checkpoint.signature",
    "wireguard.removed.segments",
    "wireguard.removed.sha256",
    "wireguard.removed.last_hash",
    "network.transport",
    "network.protocol",
    "network.type",
    "user.name",
    "rule.id",
    "rule.name",
    "rule.category",
    "rule.ruleset",
};

}  // namespace

std::string names_of_actions() {
  std::vector<std::string> names;
  for (const ActionInfo& info : actions()) names.emplace_back(info.name);
  return quoted_list(names);
}

std::string_view type_schema(FieldType type) {
  switch (type) {
    case FieldType::keyword:
      return R"("type": "string")";
    case FieldType::keywords:
      return R"("type": "array", "items": {"type": "string"})";
    case FieldType::number:
      return R"("type": "integer")";
    case FieldType::boolean:
      return R"("type": "boolean")";
    case FieldType::date:
      return R"("type": "string", "pattern": )"
             R"("^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z$")";
    case FieldType::ip:
      return R"("type": "string", "pattern": "^[0-9a-f.:]{2,45}$")";
    case FieldType::ips:
      return R"("type": "array", "items": {"type": "string", "pattern": "^[0-9a-f.:]{2,45}$"})";
    case FieldType::event_id:
      return R"("type": "string", "pattern": "^[0-9a-f]{32}$")";
    case FieldType::session_id:
      return R"("type": "string", "pattern": "^[0-9a-f]{16}$")";
  }
  return "";
}

std::string field_schema(const FieldInfo& field) {
  std::string schema = '{' + std::string(type_schema(field.type));
  const auto* found = std::ranges::find(kConstraints, field.field, &Constraint::field);
  if (field.field == Field::event_action) {
    schema += ", \"enum\": " + names_of_actions();
  } else if (field.field == Field::related_ip) {
    schema += ", \"maxItems\": " + std::to_string(kMaxRelatedAddresses);
  } else if (found != std::end(kConstraints)) {
    schema += ", " + std::string(found->json);
  }
  return schema + '}';
}

bool is_required(std::string_view path) {
  return std::ranges::find(kRequired, path) != std::end(kRequired);
}

std::string kinds_schema(Action action) {
  // A baseline after the first run means that what was known is lost; of a burst, the burst alone
  // alerts.
  if (action == Action::baseline_established || action == Action::finding_opened ||
      action == Action::allowed_ips_moved) {
    return R"({"enum": ["event", "alert"]})";
  }
  return "{\"const\": \"" + std::string(to_string(action_info(action).kind)) + "\"}";
}

std::string categories_schema(const ActionInfo& info) {
  // One of the words for a finding, all of them else.
  if (!is_about_rule(info.action)) return "{\"const\": " + quoted_list(words(info.category)) + '}';
  std::string choices;
  for (const auto& category : words(info.category)) {
    choices += (choices.empty() ? "" : ", ") + quoted_list({category});
  }
  return "{\"enum\": [" + choices + "]}";
}

std::string types_schema(const ActionInfo& info) {
  return "{\"const\": " + quoted_list(words(info.type)) + '}';
}

}  // namespace wgaudit
