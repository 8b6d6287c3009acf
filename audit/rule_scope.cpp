#include "audit/rule_scope.hpp"

#include <array>

namespace wgaudit {
namespace {

using enum RuleScope;

// SPEC §4, by code; index 0 is no rule.
constexpr std::array<RuleScope, kMaxRuleCode + 1> kScopes{
    peers,
    peers,       // unknown_key
    peers,       // revoked_key
    peers,       // disabled_key
    peers,       // expired_key
    peers,       // rotation_due
    peers,       // allowed_ips_excess
    peers,       // allowed_ips_missing
    peers,       // allowed_ips_too_broad
    peers,       // allowed_ips_overlap
    peers,       // stale_handshake
    peers,       // never_connected
    peers,       // dormant_key
    records,     // missing_peer
    peers,       // preshared_key_missing
    peers,       // shared_key
    peers,       // duplicate_key
    peers,       // unexpected_endpoint
    peers,       // noncompliant_device
    peers,       // traffic_anomaly
    interfaces,  // gateway_key_mismatch
    interfaces,  // interface_down
    host,        // forwarding_open
    sources,     // collector_failing
    peers,       // forbidden_session
    peers,       // wrong_interface
    inventory,   // no_inventory
    listeners,   // exposed_listener
};

}  // namespace

RuleScope rule_scope(RuleId id) { return kScopes[static_cast<std::size_t>(id)]; }

}  // namespace wgaudit
