#include "audit/rules.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>

namespace wgaudit {
namespace {

constexpr RuleInfo kRules[] = {
    {RuleId::unknown_key, "unknown_key", Severity::critical,
     "a peer's key is not in the inventory (low: its record is still `unreviewed`)",
     "Whoever holds the private key can enter the network, and nobody has vouched for them.",
     "Find out who configured the key. Remove the peer (wg set IF peer KEY remove), or add a "
     "record "
     "for it to the inventory and set its status to active.",
     false},
    {RuleId::revoked_key, "revoked_key", Severity::critical,
     "a revoked key is still configured on an interface",
     "A key is revoked because it must not be used again; as long as it is configured it opens the "
     "network.",
     "Remove the peer (wg set IF peer KEY remove) and from the configuration file that would bring "
     "it back.",
     false},
    {RuleId::disabled_key, "disabled_key", Severity::high,
     "a disabled key is still configured on an interface",
     "The inventory says that this key is suspended, yet the gateway accepts it.",
     "Remove the peer until its record is active again, or set the record to active.", false},
    {RuleId::expired_key, "expired_key", Severity::high,
     "the record's `expires_at` has passed and the key is still configured",
     "Access was granted until a date that has passed.",
     "Remove the peer, or renew `expires_at` if the access was prolonged.", false},
    {RuleId::allowed_ips_excess, "allowed_ips_excess", Severity::high,
     "a prefix of the peer is not covered by `allowed_ips` and `allowed_ips_max` of its record",
     "The peer may send from, and is sent, addresses that nobody granted it.",
     "Set the peer's allowed IPs to those of its record, or add the prefix to the record if it was "
     "granted.",
     false},
    {RuleId::stale_handshake, "stale_handshake", Severity::medium,
     "a peer that is `always_on` has had no handshake for `stale_after`",
     "A peer that must always be connected is not: the site or service behind it cannot be "
     "reached.",
     "Check the peer's host, its route to this gateway and its clock; look at sent bytes that grow "
     "while received ones stand still.",
     false},
    {RuleId::missing_peer, "missing_peer", Severity::medium,
     "an active record whose `at` names this interface is not configured on it",
     "Somebody who should have access has none, or the gateway runs an old configuration.",
     "Configure the peer on the interface, or correct `at` or the status of its record.", false},
    {RuleId::collector_failing, "collector_failing", Severity::high,
     "a collector, namespace or interface could not be read for 60 seconds, or the collector "
     "process died",
     "What cannot be read cannot be judged: no other finding of it opens or closes meanwhile.",
     "Read the detail: it names the error. Check capabilities, the kernel module, the namespace or "
     "the userspace process.",
     true},
    {RuleId::forbidden_session, "forbidden_session", Severity::critical,
     "a peer whose key is unknown, revoked, disabled or expired has a session, or shook hands "
     "after that began",
     "Somebody who must not be connected is connected, or was.",
     "Remove the peer now (wg set IF peer KEY remove); then find out what the session reached, "
     "starting from its endpoint and time.",
     false},
    {RuleId::no_inventory, "no_inventory", Severity::info, "no inventory is configured",
     "Without an inventory wgaudit cannot say who a key belongs to: the rules that need one are "
     "off.",
     "Write one (wgaudit inventory init) and name it with --inventory.file.", false},
};

// SPEC §4, by code; index 0 is no rule.
constexpr std::string_view kNames[kMaxRuleCode + 1] = {"",
                                                       "unknown_key",
                                                       "revoked_key",
                                                       "disabled_key",
                                                       "expired_key",
                                                       "rotation_due",
                                                       "allowed_ips_excess",
                                                       "allowed_ips_missing",
                                                       "allowed_ips_too_broad",
                                                       "allowed_ips_overlap",
                                                       "stale_handshake",
                                                       "never_connected",
                                                       "dormant_key",
                                                       "missing_peer",
                                                       "preshared_key_missing",
                                                       "shared_key",
                                                       "duplicate_key",
                                                       "unexpected_endpoint",
                                                       "noncompliant_device",
                                                       "traffic_anomaly",
                                                       "gateway_key_mismatch",
                                                       "interface_down",
                                                       "forwarding_open",
                                                       "collector_failing",
                                                       "forbidden_session",
                                                       "wrong_interface",
                                                       "no_inventory",
                                                       "exposed_listener"};

}  // namespace

std::span<const RuleInfo> rules() { return kRules; }

const RuleInfo& rule_info(RuleId id) {
  const auto* found = std::ranges::find(kRules, id, &RuleInfo::id);
  assert(found != std::end(kRules));
  return *found;
}

const RuleInfo* find_rule(std::string_view name) {
  const auto* found = std::ranges::find(kRules, name, &RuleInfo::name);
  return found == std::end(kRules) ? nullptr : found;
}

std::string rule_code(RuleId id) {
  char code[16];
  std::snprintf(code, sizeof code, "WGA-%03u", static_cast<unsigned>(id));
  return code;
}

bool is_rule_name(std::string_view name) {
  return !name.empty() && std::ranges::find(kNames, name) != std::end(kNames);
}

std::optional<Severity> RuleSettings::severity(RuleId id, std::string_view role) const {
  const RuleSetting& setting = (*this)[id];
  bool enabled = setting.enabled;
  Severity severity = setting.severity.value_or(rule_info(id).severity);
  for (const auto& for_role : setting.roles) {
    if (role.empty() || for_role.role != role) continue;
    enabled = for_role.enabled.value_or(enabled);
    severity = for_role.severity.value_or(severity);
  }
  if (!enabled) return std::nullopt;
  return severity;
}

}  // namespace wgaudit
