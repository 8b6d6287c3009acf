#include "exporter/codec/inventory_fields.hpp"

#include <algorithm>
#include <array>

#include "collectors/model/text.hpp"
#include "exporter/codec/field_values.hpp"

namespace wgaudit::inventory_format {
namespace {

template <auto Field>
Reason policy_duration(Draft& d, std::string& text) {
  return take_duration(d.layer->*Field, text);
}
template <auto Field>
Reason policy_flag(Draft& d, bool value) {
  d.layer->*Field = value;
  return kTaken;
}
template <auto Field, std::uint8_t Most>
Reason policy_length(Draft& d, std::uint64_t value) {
  if (value > Most) return "longer than an address has bits";
  d.layer->*Field = static_cast<std::uint8_t>(value);
  return kTaken;
}
template <auto Field>
Reason record_name(Draft& d, std::string& text) {
  return take_name(d.record.*Field, text);
}
template <auto Field>
Reason record_text(Draft& d, std::string& text) {
  d.record.*Field = std::move(text);
  return kTaken;
}
template <auto Field>
Reason record_time(Draft& d, std::string& text) {
  return take_time(d.record.*Field, text);
}
template <auto Field>
void begin_prefixes(Draft& d) {
  (d.record.*Field).emplace();
}
template <auto Field>
Reason record_prefix(Draft& d, std::string& text) {
  std::optional<std::vector<Cidr>>& list = d.record.*Field;
  if (!list) list.emplace();
  return take_cidr(*list, text);
}
constexpr Node kComment{.text = ignore_text};

template <auto Field>
constexpr Node kPolicyDuration{.text = policy_duration<Field>, .constraint = kDurationForm};
template <auto Field>
constexpr Node kPolicyFlag{.flag = policy_flag<Field>};

// --- policy: at the file, a role or a record ---

constexpr Node kLength4{
    .number = policy_length<&PolicySettings::min_prefix_length_ipv4, std::uint8_t{32}>,
    .constraint = R"("minimum": 0, "maximum": 32)"};
constexpr Node kLength6{
    .number = policy_length<&PolicySettings::min_prefix_length_ipv6, std::uint8_t{128}>,
    .constraint = R"("minimum": 0, "maximum": 128)"};
constexpr Member kMinPrefixMembers[] = {
    {"ipv4", &kLength4}, {"ipv6", &kLength6}, {"comment", &kComment}};
constexpr Node kMinPrefixLength{.members = kMinPrefixMembers};

constexpr Node kTrafficFloor{.number = [](Draft& d, std::uint64_t value) -> Reason {
                               d.layer->traffic_floor = value;
                               return kTaken;
                             },
                             .constraint = R"("minimum": 0)"};

constexpr Node kAlwaysOnGateway{.text = [](Draft& d, std::string& text) -> Reason {
                                  std::string gateway;
                                  const Reason reason = take_name(gateway, text);
                                  if (reason.empty()) {
                                    d.layer->always_on->gateways.push_back(std::move(gateway));
                                  }
                                  return reason;
                                },
                                .constraint = kNameForm};
constexpr Node kAlwaysOn{.flag = [](Draft& d, bool value) -> Reason {
                           d.layer->always_on = AlwaysOn{.everywhere = value, .gateways = {}};
                           return kTaken;
                         },
                         .items = &kAlwaysOnGateway,
                         .begin = [](Draft& d) { d.layer->always_on.emplace(); }};

constexpr std::array kPolicyMembers = std::to_array<Member>({
    {"session_timeout", &kPolicyDuration<&PolicySettings::session_timeout>},
    {"stale_after", &kPolicyDuration<&PolicySettings::stale_after>},
    {"dormant_after", &kPolicyDuration<&PolicySettings::dormant_after>},
    {"rotation_overlap", &kPolicyDuration<&PolicySettings::rotation_overlap>},
    {"max_key_age", &kPolicyDuration<&PolicySettings::max_key_age>},
    {"posture_max_age", &kPolicyDuration<&PolicySettings::posture_max_age>},
    {"min_prefix_length", &kMinPrefixLength},
    {"require_preshared_key", &kPolicyFlag<&PolicySettings::require_preshared_key>},
    {"require_posture", &kPolicyFlag<&PolicySettings::require_posture>},
    {"traffic_floor", &kTrafficFloor},
    {"always_on", &kAlwaysOn},
    {"comment", &kComment},
});
constexpr Node kPolicy{.members = kPolicyMembers,
                       .begin = [](Draft& d) { d.layer = &d.inventory.policy; }};

// --- roles ---

constexpr Node kRole{.members = kPolicyMembers,
                     .begin =
                         [](Draft& d) {
                           d.role = d.intern_role(d.name);
                           d.role_defined[d.role] = true;
                           d.role_settings = {};
                           d.layer = &d.role_settings;
                         },
                     .end = [](Draft& d) -> Reason {
                       d.inventory.roles[d.role].settings = std::move(d.role_settings);
                       return kTaken;
                     }};
constexpr Node kRoles{
    .member_name = [](Draft& d, std::string& text) { return take_name(d.name, text); },
    .items = &kRole};

// --- gateways ---

constexpr Node kInterfaceName{
    .text = [](Draft& d, std::string& text) -> Reason {
      if (!is_interface_name(text)) return "not a name that an interface can have";
      d.gateway_interface.name = std::move(text);
      return kTaken;
    },
    .constraint = R"re("minLength": 1, "maxLength": 15, "pattern": "^[^/:\\s]+$")re"};
constexpr Node kInterfaceNetns{.text = [](Draft& d, std::string& text) -> Reason {
  d.gateway_interface.netns = std::move(text);
  return kTaken;
}};
constexpr Node kInterfaceKey{.text = [](Draft& d, std::string& text) -> Reason {
                               return take_key(d.gateway_interface.public_key.emplace(), text);
                             },
                             .constraint = kKeyForm};
constexpr Node kInterfaceIssuedAt{.text = [](Draft& d, std::string& text) -> Reason {
                                    return take_time(d.gateway_interface.issued_at, text);
                                  },
                                  .constraint = kTimeForm};
constexpr Member kInterfaceMembers[] = {{"name", &kInterfaceName, true},
                                        {"netns", &kInterfaceNetns},
                                        {"public_key", &kInterfaceKey},
                                        {"issued_at", &kInterfaceIssuedAt},
                                        {"comment", &kComment}};
constexpr Node kInterface{.members = kInterfaceMembers,
                          .begin = [](Draft& d) { d.gateway_interface = {}; },
                          .end = [](Draft& d) -> Reason {
                            d.gateway.interfaces.push_back(std::move(d.gateway_interface));
                            return kTaken;
                          }};
constexpr Node kInterfaces{.items = &kInterface};

constexpr Node kLabel{.text = [](Draft& d, std::string& text) -> Reason {
  d.gateway.labels.emplace_back(std::move(d.name), std::move(text));
  return kTaken;
}};
constexpr Node kLabels{
    .member_name = [](Draft& d, std::string& text) { return take_name(d.name, text); },
    .items = &kLabel};

constexpr Node kGatewayName{
    .text = [](Draft& d, std::string& text) -> Reason {
      if (text.find('/') != std::string::npos || text == "*") return "not a gateway's name";
      return take_name(d.gateway.name, text);
    },
    .constraint = R"re("minLength": 1, "maxLength": 256, "pattern": "^[^/]+$")re"};
constexpr Node kGatewayAddress{.text = [](Draft& d, std::string& text) -> Reason {
  d.gateway.address = std::move(text);
  return kTaken;
}};
constexpr Member kGatewayMembers[] = {{"name", &kGatewayName, true},
                                      {"address", &kGatewayAddress},
                                      {"labels", &kLabels},
                                      {"interfaces", &kInterfaces},
                                      {"comment", &kComment}};
constexpr Node kGateway{.members = kGatewayMembers,
                        .begin =
                            [](Draft& d) {
                              d.gateway = {};
                              d.gateway.source = {d.file, d.next_gateway++};
                            },
                        .end = [](Draft& d) -> Reason {
                          std::ranges::sort(d.gateway.labels);
                          d.inventory.gateways.push_back(std::move(d.gateway));
                          return kTaken;
                        },
                        .record = true};
constexpr Node kGateways{.items = &kGateway};

// --- peers ---

constexpr Node kPublicKey{.text = [](Draft& d, std::string& text) -> Reason {
                            return take_key(d.record.public_key, text);
                          },
                          .constraint = kKeyForm};
constexpr Node kReplaces{.text = [](Draft& d, std::string& text) -> Reason {
                           return take_key(d.record.replaces.emplace(), text);
                         },
                         .constraint = kKeyForm};
// "unknown:" is for keys without a record; audit's check() says so.
constexpr Node kPrincipal{
    .text = record_name<&Record::principal>,
    .constraint = R"re("minLength": 1, "maxLength": 256, "pattern": "^(?!unknown:)")re"};
constexpr Node kDevice{.text = record_name<&Record::device>, .constraint = kNameForm};
constexpr Node kOwner{.text = record_text<&Record::owner>};
constexpr Node kRecordComment{.text = record_text<&Record::comment>};
constexpr Node kKind{.text = [](Draft& d, std::string& text) -> Reason {
                       const auto kind = parse_kind(text);
                       if (!kind) return "not one of user, device, service, gateway";
                       d.record.kind = *kind;
                       return kTaken;
                     },
                     .constraint = R"("enum": ["user", "device", "service", "gateway"])"};
constexpr Node kStatus{.text = [](Draft& d, std::string& text) -> Reason {
                         const auto status = parse_status(text);
                         if (!status) return "not one of active, unreviewed, disabled, revoked";
                         d.record.status = *status;
                         return kTaken;
                       },
                       .constraint = R"("enum": ["active", "unreviewed", "disabled", "revoked"])"};
constexpr Node kRoleName{.text = [](Draft& d, std::string& text) -> Reason {
                           std::string name;
                           const Reason reason = take_name(name, text);
                           if (reason.empty()) d.record.role = d.intern_role(name);
                           return reason;
                         },
                         .constraint = kNameForm};
template <auto Field>
constexpr Node kRecordTime{.text = record_time<Field>, .constraint = kTimeForm};
template <auto Field>
constexpr Node kPrefix{.text = record_prefix<Field>, .constraint = kPrefixForm};
template <auto Field>
constexpr Node kPrefixes{.items = &kPrefix<Field>, .begin = begin_prefixes<Field>};

constexpr Node kPlace{.text = [](Draft& d, std::string& text) -> Reason {
                        auto place = parse_place(text);
                        if (!place) return "not a place: GATEWAY/[NETNS:]INTERFACE";
                        if (place->interface != "*" && !is_interface_name(place->interface)) {
                          return "not a place: no interface can have this name";
                        }
                        d.record.at->push_back(*std::move(place));
                        return kTaken;
                      },
                      .constraint = kPlaceForm};
constexpr Node kAt{.items = &kPlace, .begin = [](Draft& d) { d.record.at.emplace(); }};

constexpr Node kCompliant{.flag = [](Draft& d, bool value) -> Reason {
  d.posture.compliant = value;
  return kTaken;
}};
constexpr Node kCheckedAt{.text = [](Draft& d, std::string& text) -> Reason {
                            return take_time(d.posture.checked_at, text);
                          },
                          .constraint = kTimeForm};
constexpr Member kPostureMembers[] = {
    {"compliant", &kCompliant, true}, {"checked_at", &kCheckedAt}, {"comment", &kComment}};
constexpr Node kPosture{.members = kPostureMembers,
                        .begin = [](Draft& d) { d.posture = {}; },
                        .end = [](Draft& d) -> Reason {
                          d.record.posture = d.posture;
                          return kTaken;
                        }};

constexpr Node kTag{.text = [](Draft& d, std::string& text) -> Reason {
  d.record.tags.emplace_back(std::move(d.name), std::move(text));
  return kTaken;
}};
constexpr Node kTags{
    .member_name = [](Draft& d, std::string& text) { return take_name(d.name, text); },
    .items = &kTag};

constexpr Node kExceptionRule{
    .text = [](Draft& d, std::string& text) -> Reason { return take_name(d.exception.rule, text); },
    .constraint = kNameForm};
constexpr Node kExceptionReason{.text = [](Draft& d, std::string& text) -> Reason {
  d.exception.reason = std::move(text);
  return kTaken;
}};
constexpr Node kExceptionUntil{.text = [](Draft& d, std::string& text) -> Reason {
                                 return take_time(d.exception.until, text);
                               },
                               .constraint = kTimeForm};
constexpr Member kExceptionMembers[] = {{"rule", &kExceptionRule, true},
                                        {"reason", &kExceptionReason},
                                        {"until", &kExceptionUntil},
                                        {"comment", &kComment}};
constexpr Node kException{.members = kExceptionMembers,
                          .begin = [](Draft& d) { d.exception = {}; },
                          .end = [](Draft& d) -> Reason {
                            d.record.exceptions.push_back(std::move(d.exception));
                            return kTaken;
                          }};
constexpr Node kExceptions{.items = &kException};

constexpr std::array kRecordMembers = std::to_array<Member>({
    {"public_key", &kPublicKey, true},
    {"principal", &kPrincipal, true},
    {"kind", &kKind},
    {"device", &kDevice},
    {"role", &kRoleName},
    {"owner", &kOwner},
    {"comment", &kRecordComment},
    {"status", &kStatus},
    {"revoked_at", &kRecordTime<&Record::revoked_at>},
    {"issued_at", &kRecordTime<&Record::issued_at>},
    {"expires_at", &kRecordTime<&Record::expires_at>},
    {"replaces", &kReplaces},
    {"at", &kAt},
    {"allowed_ips", &kPrefixes<&Record::allowed_ips>},
    {"allowed_ips_max", &kPrefixes<&Record::allowed_ips_max>},
    {"endpoints", &kPrefixes<&Record::endpoints>},
    {"posture", &kPosture},
    {"tags", &kTags},
    {"exceptions", &kExceptions},
});

// A record's own fields and those of policy, but for the comment, which both have.
constexpr auto kPeerMembers = [] {
  std::array<Member, kRecordMembers.size() + kPolicyMembers.size() - 1> all{};
  auto end = std::ranges::copy(kRecordMembers, all.begin()).out;
  std::ranges::copy_if(kPolicyMembers, end, [](const Member& m) { return m.name != "comment"; });
  return all;
}();

// Policies of records repeat (everybody who is always on): the last few are looked through.
std::uint32_t intern_policy(std::vector<PolicySettings>& policies, PolicySettings& settings) {
  const std::size_t from = policies.size() > 16 ? policies.size() - 16 : 0;
  const auto found =
      std::find(policies.begin() + static_cast<std::ptrdiff_t>(from), policies.end(), settings);
  const auto index = static_cast<std::uint32_t>(found - policies.begin());
  if (found == policies.end()) policies.push_back(std::move(settings));
  return index;
}

Reason end_peer(Draft& d) {
  if (d.record_settings != PolicySettings{}) {
    d.record.policy = intern_policy(d.inventory.record_policies, d.record_settings);
  }
  std::ranges::sort(d.record.tags);
  d.inventory.records.push_back(std::move(d.record));
  return kTaken;
}

constexpr Node kPeer{.members = kPeerMembers,
                     .begin =
                         [](Draft& d) {
                           d.record = {};
                           d.record.source = {d.file, d.next_peer++};
                           d.record_settings = {};
                           d.layer = &d.record_settings;
                         },
                     .end = end_peer,
                     .record = true};
constexpr Node kPeers{.items = &kPeer};

// --- the file ---

constexpr Node kVersion{.number = [](Draft&, std::uint64_t value) -> Reason {
                          return value == 1 ? kTaken : "this wgaudit reads version 1";
                        },
                        .constraint = R"("const": 1)"};
constexpr Member kRootMembers[] = {{"version", &kVersion, true},
                                   {"$schema", &kComment},
                                   {"comment", &kComment},
                                   {"policy", &kPolicy},
                                   {"roles", &kRoles},
                                   {"gateways", &kGateways},
                                   {"peers", &kPeers}};
constexpr Node kRoot{.members = kRootMembers};

static_assert(kPeerMembers.size() <= 64, "the parser keeps the members it saw in 64 bits");

}  // namespace

std::uint32_t Draft::intern_role(const std::string& role_name) {
  const auto next = static_cast<std::uint32_t>(inventory.roles.size());
  const auto [found, fresh] = role_index.try_emplace(role_name, next);
  if (fresh) {
    inventory.roles.push_back({role_name, {}});
    role_defined.push_back(false);
  }
  return found->second;
}

const Node& inventory_root() { return kRoot; }

}  // namespace wgaudit::inventory_format
