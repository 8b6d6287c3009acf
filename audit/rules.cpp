#include "audit/rules.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>

namespace wgaudit {
namespace {

constexpr RuleInfo kRules[] = {
    {.id = RuleId::unknown_key,
     .name = "unknown_key",
     .severity = Severity::critical,
     .opens_when = "a peer's key is not in the inventory (low: its record is still `unreviewed`)",
     .reason =
         "Whoever holds the private key can enter the network, and nobody has vouched for them.",
     .remedy =
         "Find out who configured the key. Remove the peer (wg set IF peer KEY remove), or add "
         "a record for it to the inventory and set its status to active."},
    {.id = RuleId::revoked_key,
     .name = "revoked_key",
     .severity = Severity::critical,
     .opens_when = "a revoked key is still configured on an interface",
     .reason = "A key is revoked because it must not be used again; as long as it is configured it "
               "opens the network.",
     .remedy = "Remove the peer (wg set IF peer KEY remove) and from the configuration file that "
               "would bring it back."},
    {.id = RuleId::disabled_key,
     .name = "disabled_key",
     .severity = Severity::high,
     .opens_when = "a disabled key is still configured on an interface",
     .reason = "The inventory says that this key is suspended, yet the gateway accepts it.",
     .remedy = "Remove the peer until its record is active again, or set the record to active."},
    {.id = RuleId::expired_key,
     .name = "expired_key",
     .severity = Severity::high,
     .opens_when = "the record's `expires_at` has passed and the key is still configured",
     .reason = "Access was granted until a date that has passed.",
     .remedy = "Remove the peer, or renew `expires_at` if the access was prolonged."},
    {.id = RuleId::rotation_due,
     .name = "rotation_due",
     .severity = Severity::medium,
     .opens_when =
         "a key, of a peer or of the interface, is older than `max_key_age`, or a key that "
         "another one replaces is still configured after `rotation_overlap`",
     .reason = "The longer a key is in use, the more copies of it may exist: backups, old laptops, "
               "former staff.",
     .remedy = "Make a new key on the device, add its record with `replaces` and `issued_at`, "
               "configure it, and remove the old key once the new one has shaken hands."},
    {.id = RuleId::allowed_ips_excess,
     .name = "allowed_ips_excess",
     .severity = Severity::high,
     .opens_when =
         "a prefix of the peer is not covered by `allowed_ips` and `allowed_ips_max` of its "
         "record",
     .reason = "The peer may send from, and is sent, addresses that nobody granted it.",
     .remedy =
         "Set the peer's allowed IPs to those of its record, or add the prefix to the record if "
         "it was granted."},
    {.id = RuleId::allowed_ips_missing,
     .name = "allowed_ips_missing",
     .severity = Severity::low,
     .opens_when = "a prefix that the record lists in `allowed_ips` is not on the peer",
     .reason = "The peer cannot be reached at an address that it was granted. The kernel gives a "
               "prefix to one peer of an interface alone: configured for a second one, it silently "
               "leaves the first, and its traffic goes there.",
     .remedy =
         "If the detail names the peer that holds the prefix, find out who gave it to that one. "
         "Set the allowed IPs again, or correct the record."},
    {.id = RuleId::allowed_ips_too_broad,
     .name = "allowed_ips_too_broad",
     .severity = Severity::high,
     .opens_when = "a prefix is shorter than `min_prefix_length` and the record does not list it "
                   "literally; a default route too, or its two halves",
     .reason =
         "The peer can send from every address in the prefix, those of others too, and traffic "
         "for all of them is sent to it.",
     .remedy =
         "Give the peer the addresses that it has (a single /32 or /128 for a device). List the "
         "prefix in the record if it is meant, such as a site's network."},
    {.id = RuleId::allowed_ips_overlap,
     .name = "allowed_ips_overlap",
     .severity = Severity::medium,
     .opens_when =
         "a prefix of the peer lies inside one of another peer on the interface, and its record "
         "does not list it",
     .reason = "The longer prefix wins: traffic that went to the other peer goes to this one.",
     .remedy =
         "Find out which of the two is right. Remove the inner prefix from this peer, or list "
         "it in its record if it is meant."},
    {.id = RuleId::stale_handshake,
     .name = "stale_handshake",
     .severity = Severity::medium,
     .opens_when = "a peer that is `always_on` has had no handshake for `stale_after`",
     .reason =
         "A peer that must always be connected is not: the site or service behind it cannot be "
         "reached.",
     .remedy = "Check the peer's host, its route to this gateway and its clock; look at sent bytes "
               "that grow while received ones stand still."},
    {.id = RuleId::never_connected,
     .name = "never_connected",
     .severity = Severity::low,
     .opens_when =
         "a peer that is `always_on` has been configured for longer than `stale_after` and has "
         "never had a handshake",
     .reason = "It was set up and does not work, or was never put to use.",
     .remedy = "Compare keys, endpoint and port of both sides; a firewall in between is the usual "
               "reason. Correct the record if the peer need not be connected.",
     .needs_memory = true},
    {.id = RuleId::dormant_key,
     .name = "dormant_key",
     .severity = Severity::low,
     .opens_when = "a key has had no handshake for `dormant_after`",
     .reason = "Access that nobody uses is access that nobody misses when it is stolen.",
     .remedy = "Ask the owner. Remove the peer and disable the record if it is no longer needed."},
    {.id = RuleId::missing_peer,
     .name = "missing_peer",
     .severity = Severity::medium,
     .opens_when = "an active record whose `at` names this interface is not configured on it",
     .reason =
         "Somebody who should have access has none, or the gateway runs an old configuration.",
     .remedy = "Configure the peer on the interface, or correct `at` or the status of its record.",
     .needs_gateway = true,
     .scope = RuleScope::records},
    {.id = RuleId::preshared_key_missing,
     .name = "preshared_key_missing",
     .severity = Severity::medium,
     .opens_when = "the policy requires a preshared key and the peer has none",
     .reason =
         "Without one, traffic that is recorded today can be read by whoever breaks Curve25519 "
         "tomorrow.",
     .remedy = "Make one (wg genpsk), and set it on both sides at the same time."},
    {.id = RuleId::shared_key,
     .name = "shared_key",
     .severity = Severity::high,
     .opens_when =
         "one key is in use on two devices: within 10 minutes 4 new handshakes, each less than 60 "
         "seconds after the one before and from another /24 (IPv6: /48); medium where only the "
         "endpoint returned 6 times to a network that it had left less than 30 seconds before",
     .reason =
         "Each key is for one device. A second one that holds it was given a copy, or stole it, "
         "and the two throw each other off.",
     .remedy =
         "Ask the owner whether the networks of the detail are theirs. Give each device a key of "
         "its own; if nobody knows the second one, revoke the key now. Devices behind one address, "
         "or never active together, cannot be told apart: a key that is shared so is not found.",
     .needs_memory = true,
     .needs_inventory = false},
    {.id = RuleId::duplicate_key,
     .name = "duplicate_key",
     .severity = Severity::medium,
     .opens_when =
         "one key is a peer of two interfaces, of one gateway or of several, and `at` of its "
         "record does not allow both; interfaces of several gateways have one key",
     .reason = "One private key is used in two places: a copied configuration, or two devices that "
               "cannot be told apart.",
     .remedy =
         "Give each device a key of its own, or list both interfaces in `at` if one device uses "
         "both."},
    {.id = RuleId::unexpected_endpoint,
     .name = "unexpected_endpoint",
     .severity = Severity::medium,
     .opens_when = "a peer has a session from an address outside of `endpoints` of its record",
     .reason = "The key is used from a place where its holder is not expected: it may have been "
               "copied.",
     .remedy =
         "Ask the holder where they are. Add the network to `endpoints` if it is theirs; else "
         "revoke the key and remove the peer."},
    {.id = RuleId::noncompliant_device,
     .name = "noncompliant_device",
     .severity = Severity::high,
     .opens_when =
         "a peer has a session while its device's posture is not compliant, or was checked "
         "longer than `posture_max_age` ago",
     .reason = "A device that does not meet the policy is in the network.",
     .remedy = "Bring the device into compliance, or disable its record until it is. Look at the "
               "inventory's or MDM's export if the check is old."},
    {.id = RuleId::traffic_anomaly,
     .name = "traffic_anomaly",
     .severity = Severity::medium,
     .opens_when =
         "for 5 minutes in a row the traffic of a peer, in bytes a minute, was above its usual "
         "(mean + 4 deviations of log2 over its active minutes, half-life 7 days) and above "
         "`traffic_floor`; silent for the first 24 hours of activity",
     .reason = "Far more traffic than a peer ever has may be data that leaves, or a key that "
               "somebody else uses.",
     .remedy = "Find out what the peer transfers: ask its owner, look at flows behind the gateway. "
               "Raise `traffic_floor` in the policy of peers for which bursts are usual, such as "
               "backups of less than an hour a day. Traffic as uneven as that of a person's laptop "
               "stands out at some hundred times its mean only.",
     .needs_memory = true,
     .needs_inventory = false,
     .on_by_default = false},
    {.id = RuleId::gateway_key_mismatch,
     .name = "gateway_key_mismatch",
     .severity = Severity::high,
     .opens_when = "the interface's own key differs from the one that the inventory has for it",
     .reason = "Peers that trust the gateway's known key will not connect, or the interface is not "
               "the one it seems to be.",
     .remedy =
         "Find out who changed the key. Restore it, or correct `public_key` of the interface in "
         "the gateway's entry.",
     .needs_gateway = true,
     .scope = RuleScope::interfaces},
    {.id = RuleId::interface_down,
     .name = "interface_down",
     .severity = Severity::high,
     .opens_when = "an interface of this gateway's entry is not up, or is gone",
     .reason = "Nobody can connect through it.",
     .remedy = "Bring it up (wg-quick up IF, or what manages it); read its log. Remove it from the "
               "gateway's entry if it is no longer needed.",
     .needs_gateway = true,
     .scope = RuleScope::interfaces},
    {.id = RuleId::forwarding_open,
     .name = "forwarding_open",
     .severity = Severity::medium,
     .opens_when = "forwarding is on for a family of this interface and no nftables base chain on "
                   "hook forward drops or ends in an unconditional drop",
     .reason = "A peer reaches every network that this gateway has a route to, not only what it is "
               "meant for.",
     .remedy = "Give hook forward a chain of policy drop (type filter hook forward priority 0; "
               "policy drop;) with rules for what may pass, or switch forwarding off.",
     .needs_inventory = false,
     .on_by_default = false,
     .scope = RuleScope::host},
    {.id = RuleId::collector_failing,
     .name = "collector_failing",
     .severity = Severity::high,
     .opens_when = "a collector, namespace or interface could not be read for 60 seconds, or the "
                   "collector process died",
     .reason = "What cannot be read cannot be judged: no other finding of it opens or closes "
               "meanwhile.",
     .remedy = "Read the detail: it names the error. Check capabilities, the kernel module, the "
               "namespace or the userspace process.",
     .needs_memory = true,
     .needs_inventory = false,
     .scope = RuleScope::sources},
    {.id = RuleId::forbidden_session,
     .name = "forbidden_session",
     .severity = Severity::critical,
     .opens_when =
         "a peer whose key is unknown, revoked, disabled or expired has a session, or shook "
         "hands after that began",
     .reason = "Somebody who must not be connected is connected, or was.",
     .remedy = "Remove the peer now (wg set IF peer KEY remove); then find out what the session "
               "reached, starting from its endpoint and time."},
    {.id = RuleId::wrong_interface,
     .name = "wrong_interface",
     .severity = Severity::high,
     .opens_when = "`at` of the record does not list the interface that holds the key",
     .reason = "The key opens a network that it was not granted for.",
     .remedy =
         "Remove the peer from this interface, or add the interface to `at` if the access was "
         "granted."},
    {.id = RuleId::no_inventory,
     .name = "no_inventory",
     .severity = Severity::info,
     .opens_when = "no inventory is configured",
     .reason =
         "Without an inventory wgaudit cannot say who a key belongs to: the rules that need one "
         "are off.",
     .remedy = "Write one (wgaudit inventory init) and name it with --inventory.file.",
     .needs_inventory = false,
     .scope = RuleScope::inventory},
    {.id = RuleId::exposed_listener,
     .name = "exposed_listener",
     .severity = Severity::medium,
     .opens_when = "wgaudit listens outside of loopback without TLS or without authentication",
     .reason = "Whoever reaches the port reads who is connected, from where, and what is wrong.",
     .remedy = "Listen on 127.0.0.1 or a unix socket, or give it TLS and authentication "
               "(--web.config.file).",
     .needs_memory = true,
     .needs_inventory = false,
     .scope = RuleScope::listeners},
};

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

bool RuleSettings::enabled(RuleId id) const {
  return (*this)[id].enabled.value_or(rule_info(id).on_by_default);
}

bool RuleSettings::enabled_for_anybody(RuleId id) const {
  return enabled(id) || std::ranges::any_of((*this)[id].roles, [](const auto& for_role) {
           return for_role.enabled.value_or(false);
         });
}

std::optional<Severity> RuleSettings::severity(RuleId id, std::string_view role) const {
  const RuleSetting& setting = (*this)[id];
  bool enabled = this->enabled(id);
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
