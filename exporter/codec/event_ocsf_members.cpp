#include <array>
#include <string>
#include <utility>

#include "exporter/codec/event_ocsf_derive.hpp"
#include "exporter/codec/event_ocsf_table.hpp"

namespace wgaudit {
namespace {

namespace of = ocsf_derive;
using enum FieldType;
using enum Presence;

constexpr unsigned bit(OcsfClass id) { return 1U << static_cast<unsigned>(id); }
constexpr unsigned kAll = (1U << kOcsfClasses) - 1;
constexpr unsigned kTunnel = bit(OcsfClass::tunnel_activity);
constexpr unsigned kCompliance = bit(OcsfClass::compliance_finding);
constexpr unsigned kFindings = bit(OcsfClass::detection_finding) | kCompliance;
constexpr unsigned kEntity = bit(OcsfClass::entity_management);
constexpr unsigned kApp = bit(OcsfClass::application_lifecycle);
constexpr unsigned kLog = bit(OcsfClass::event_log_activity);

constexpr std::string_view kPort = R"("minimum": 0, "maximum": 65535)";
constexpr std::string_view kCount = R"("minimum": 0)";
constexpr std::string_view kId = R"("pattern": "^[0-9a-f]{32}$")";
constexpr std::string_view kDigest = R"("pattern": "^[0-9a-f]{64}$")";
constexpr std::string_view kIp = R"("pattern": "^[0-9a-f.:]{2,45}$")";

// The peer is the source, the gateway the destination, whoever began: netlink does not say.
constexpr OcsfMember kMembers[] = {
    {"time", number, kAll, of::time, always, "`@timestamp`"},

    {"unmapped.wireguard.source.ip", keyword, kEntity, Field::source_ip, optional, {}, kIp},
    {"unmapped.wireguard.source.port", number, kEntity, Field::source_port, optional, {}, kPort},

    {"metadata.sequence", number, kAll, Field::event_sequence, optional, {}, R"("minimum": 1)"},
    {"metadata.uid", keyword, kAll, Field::event_id, optional, {}, kId},
    {"metadata.event_code", keyword, kAll, Field::event_action, always},
    {"metadata.version", keyword, kAll, kOcsfVersion, always},
    {"metadata.product.name", keyword, kAll, "wgaudit", always},
    {"metadata.product.vendor_name", keyword, kAll, "wgaudit", always},
    {"metadata.product.version", keyword, kAll, Field::observer_version, always},
    {"metadata.log_name", keyword, kAll, "wireguard.audit", always},
    {"metadata.log_provider", keyword, kAll, "wgaudit", always},
    {"metadata.profiles", keywords, kAll, of::profiles, always,
     "`host`; `security_control` too where `is_alert` is not of the class"},
    {"metadata.labels", keywords, kAll, of::labels, optional, "`tags`"},
    {"metadata.is_truncated", boolean, kAll, Field::truncated},

    {"category_uid", number, kAll, of::category_uid, always, "of the class"},
    {"category_name", keyword, kAll, of::category_name, always, "of the class"},
    {"class_uid", number, kAll, of::class_uid, always, "see the actions"},
    {"class_name", keyword, kAll, of::class_name, always, "see the actions"},
    {"activity_id", number, kAll, of::activity_id, always, "see the actions"},
    {"activity_name", keyword, kAll, of::activity_name, always, "see the actions"},
    {"type_uid", number, kAll, of::type_uid, always, "`class_uid` × 100 + `activity_id`"},
    {"type_name", keyword, kAll, of::type_name, always, "its caption"},
    {"severity_id", number, kAll, Field::event_severity, always, {}, R"("enum": [1, 2, 3, 4, 5])"},
    {"severity", keyword, kAll, of::severity, always, "its caption"},
    {"status_id", number, kAll, of::status_id, optional,
     "of a finding 1 new or 4 resolved; else by `event.outcome` 1 success or 2 failure"},
    {"status", keyword, kAll, of::status, optional, "its caption"},
    {"status_detail", keyword, kAll, Field::event_reason},
    {"message", keyword, kAll, Field::message, always, {}, R"("minLength": 1)"},
    {"is_alert", boolean, kAll, of::is_alert, optional, "true where `event.kind` is alert",
     R"("const": true)"},

    {"device.hostname", keyword, kAll, Field::host_name, always},
    {"device.name", keyword, kAll, CopyOf{Field::gateway_name}, always},
    {"device.uid", keyword, kAll, Field::host_id},
    {"device.type_id", number, kAll, 1, always},
    {"device.type", keyword, kAll, "Server", always},

    {"start_time", number, kTunnel, Field::event_start},
    {"end_time", number, kTunnel, Field::event_end},
    {"duration", number, kTunnel, of::duration, optional, "`event.duration`, in milliseconds",
     kCount},
    {"user.name", keyword, kTunnel, Field::user_name, with_object},
    {"user.type_id", number, kTunnel, of::user_type_id, with_object,
     "by `wireguard.principal.kind`"},
    {"user.type", keyword, kTunnel, of::user_type, with_object, "its caption"},
    {"src_endpoint.ip", keyword, kTunnel, Field::source_ip, optional, {}, kIp},
    {"src_endpoint.port", number, kTunnel, Field::source_port, optional, {}, kPort},
    {"dst_endpoint.hostname", keyword, kTunnel, CopyOf{Field::host_name}, always},
    {"dst_endpoint.interface_name", keyword, kTunnel, CopyOf{Field::interface_name}},
    {"dst_endpoint.port",
     number,
     kTunnel,
     CopyOf{Field::interface_listen_port},
     optional,
     {},
     kPort},
    {"session.uid",
     keyword,
     kTunnel,
     Field::session_id,
     optional,
     {},
     R"("pattern": "^[0-9a-f]{16}$")"},
    {"session.created_time", number, kTunnel, CopyOf{Field::event_start}},
    {"session.credential_uid",
     keyword,
     kTunnel,
     CopyOf{Field::peer_key_sha256},
     optional,
     {},
     kDigest},
    {"session.is_vpn", boolean, kTunnel, true, always},
    {"session.is_remote", boolean, kTunnel, true, always},
    {"traffic.bytes", number, kTunnel, of::traffic_bytes, optional, "the sum of both", kCount},
    {"traffic.bytes_in", number, kTunnel, Field::destination_bytes, with_object, {}, kCount},
    {"traffic.bytes_out", number, kTunnel, Field::source_bytes, with_object, {}, kCount},
    {"tunnel_interface.name", keyword, kTunnel, CopyOf{Field::interface_name}},
    {"tunnel_interface.namespace", keyword, kTunnel, CopyOf{Field::interface_netns}},
    {"tunnel_interface.type_id", number, kTunnel, 4, always},
    {"tunnel_interface.type", keyword, kTunnel, "Tunnel", always},
    {"tunnel_type_id", number, kTunnel, kOtherActivity, always},
    {"tunnel_type", keyword, kTunnel, "WireGuard", always},
    {"protocol_name", keyword, kTunnel, "wireguard", always},
    {"connection_info.direction_id", number, kTunnel, 0, always},
    {"connection_info.direction", keyword, kTunnel, "Unknown", always},
    {"connection_info.protocol_name", keyword, kTunnel, "udp", always},
    {"connection_info.protocol_num", number, kTunnel, 17, always},
    {"connection_info.protocol_ver_id", number, kTunnel, of::protocol_version_id, optional,
     "by `network.type`"},
    {"connection_info.protocol_ver", keyword, kTunnel, of::protocol_version, optional,
     "its caption"},

    {"count", number, kFindings, Field::finding_count, optional, {}, kCount},
    {"finding_info.uid", keyword, kFindings, of::finding_uid, always,
     "`wireguard.finding.id`; of a burst its `event.id`", kId},
    {"finding_info.title", keyword, kFindings, of::finding_title, always, "when the rule opens"},
    {"finding_info.desc", keyword, kFindings, Field::finding_detail},
    {"finding_info.created_time", number, kFindings, Field::finding_since},
    {"finding_info.types", keywords, kFindings,
     [](const OcsfEvent&) -> std::optional<Value> { return std::vector<std::string>{"policy"}; },
     always, "`policy`"},
    {"finding_info.analytic.uid",
     keyword,
     kFindings,
     Field::rule_id,
     always,
     {},
     R"("pattern": "^WGA-[0-9]{3}$")"},
    {"finding_info.analytic.name",
     keyword,
     kFindings,
     Field::rule_name,
     always,
     {},
     R"("pattern": "^[a-z][a-z_]*$")"},
    {"finding_info.analytic.type_id", number, kFindings, 1, always},
    {"finding_info.analytic.type", keyword, kFindings, "Rule", always},
    {"compliance.control", keyword, kCompliance, CopyOf{Field::rule_id}, always},
    {"compliance.standards", keywords, kCompliance,
     [](const OcsfEvent&) -> std::optional<Value> { return std::vector<std::string>{"wgaudit"}; },
     always, "`wgaudit`"},
    {"compliance.status_id", number, kCompliance, of::compliance_status_id, always,
     "1 pass when it closed, 2 warning below medium, else 3 fail"},
    {"compliance.status", keyword, kCompliance, of::compliance_status, always, "its caption"},
    {"evidences[].src_endpoint.ip", keyword, kFindings, Field::source_ip, optional, {}, kIp},
    {"evidences[].src_endpoint.port", number, kFindings, Field::source_port, optional, {}, kPort},
    {"resources[].uid", keyword, kFindings, CopyOf{Field::peer_key_sha256}, optional, {}, kDigest},
    {"resources[].name", keyword, kFindings, of::resource_name, with_object,
     "interface and device, or principal"},
    {"resources[].type", keyword, kFindings, of::resource_type, with_object,
     "WireGuard peer, WireGuard interface or network namespace"},
    {"resources[].owner.name", keyword, kFindings, Field::user_name},

    {"entity.name", keyword, kEntity, of::entity_name, always,
     "interface and device, or principal; `inventory`"},
    {"entity.uid", keyword, kEntity, of::entity_uid, optional,
     "`wireguard.peer.key_sha256`; of an interface its public key"},
    {"entity.type_id", number, kEntity, of::entity_type_id, always,
     "1 device (a peer), 2 user (a record), 5 policy (the inventory), 99 others"},
    {"entity.type", keyword, kEntity, of::entity_type, always, "its caption, or what it is"},
    {"entity.version", keyword, kEntity, CopyOf{Field::inventory_sha256}, optional, {}, kDigest},
    {"entity.device.name", keyword, kEntity, CopyOf{Field::principal_device}, with_object},
    {"entity.device.type_id", number, kEntity, of::device_type_id, with_object, "`0`"},
    {"entity.device.type", keyword, kEntity, of::device_type, with_object, "`Unknown`"},
    {"entity.user.name", keyword, kEntity, Field::user_name, with_object},
    {"entity.user.type_id", number, kEntity, of::user_type_id, with_object,
     "by `wireguard.principal.kind`"},
    {"entity.user.type", keyword, kEntity, of::user_type, with_object, "its caption"},

    {"app.name", keyword, kApp, "wgaudit", always},
    {"app.vendor_name", keyword, kApp, "wgaudit", always},
    {"app.version", keyword, kApp, CopyOf{Field::observer_version}, always},

    {"log_name", keyword, kLog, "wireguard.audit", always},
    {"log_provider", keyword, kLog, "wgaudit", always},
    {"log_type_id", number, kLog, 2, always},
    {"log_type", keyword, kLog, "Application", always},
    {"file.name", keyword, kLog, CopyOf{Field::segment_name}, with_object},
    {"file.type_id", number, kLog, of::file_type_id, with_object, "`1`"},
    {"file.type", keyword, kLog, of::file_type, with_object, "`Regular File`"},
};

using UnmappedPaths = std::array<std::string, kFields>;

UnmappedPaths paths_of(OcsfClass id) {
  UnmappedPaths paths;
  for (const FieldInfo& field : fields()) {
    if (!field.ecs.starts_with("wireguard.")) continue;
    paths[static_cast<std::size_t>(field.field)] = "unmapped." + std::string(field.ecs);
  }
  for (const OcsfMember& member : kMembers) {
    const auto* field = std::get_if<Field>(&member.source);
    if (field != nullptr && member.is_of(id)) paths[static_cast<std::size_t>(*field)].clear();
  }
  return paths;
}

// A time of OCSF is a number.
Value in_ocsf(const Value& value) {
  const auto* time = std::get_if<WallTime>(&value);
  return time == nullptr ? value : Value{of::milliseconds(*time)};
}

}  // namespace

std::string_view OcsfEvent::text(Field field) const {
  const Value* value = values[field];
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::string_view{} : *text;
}

std::span<const OcsfMember> ocsf_members() { return kMembers; }

std::string_view unmapped_path(Field field, OcsfClass of) {
  static const auto kPaths = [] {
    std::array<UnmappedPaths, kOcsfClasses> paths;
    for (std::size_t i = 0; i < kOcsfClasses; ++i) paths[i] = paths_of(static_cast<OcsfClass>(i));
    return paths;
  }();
  return kPaths[static_cast<std::size_t>(of)][static_cast<std::size_t>(field)];
}

std::optional<Value> value_of(const OcsfMember& member, const OcsfEvent& event) {
  struct Read {
    const OcsfEvent& event;
    std::optional<Value> operator()(Field field) const {
      const Value* value = event.values[field];
      return value == nullptr ? std::nullopt : std::optional(in_ocsf(*value));
    }
    std::optional<Value> operator()(CopyOf copy) const { return (*this)(copy.field); }
    std::optional<Value> operator()(OcsfDerive derive) const { return derive(event); }
    std::optional<Value> operator()(std::string_view text) const { return std::string(text); }
    std::optional<Value> operator()(int number) const { return std::int64_t{number}; }
    std::optional<Value> operator()(bool flag) const { return flag; }
  };
  return std::visit(Read{event}, member.source);
}

}  // namespace wgaudit
