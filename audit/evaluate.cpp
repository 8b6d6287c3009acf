#include "audit/evaluate.hpp"

#include <algorithm>
#include <optional>

#include "audit/shared_key.hpp"
#include "audit/traffic.hpp"

namespace wgaudit {
namespace {

std::string with_time(std::string text, const std::optional<WallTime>& time) {
  return time ? text + " since " + to_rfc3339(*time) : text;
}

// Why a key must not be used, and since when, where the inventory says.
struct Ban {
  std::string_view state;
  std::optional<WallTime> began;
};

Ban ban_of(const PeerCase& c) {
  switch (c.state) {
    case KeyState::revoked:
      return {"revoked", c.record->revoked_at};
    case KeyState::disabled:
      return {"disabled", std::nullopt};
    case KeyState::expired:
      return {"expired", c.record->expires_at};
    case KeyState::unknown:
    case KeyState::unreviewed:
    case KeyState::good:
      break;
  }
  return {"unknown", std::nullopt};
}

void unknown_key(const PeerCase& c, Verdict& verdict) {
  verdict.open(about(RuleId::unknown_key, c), nullptr, "the key is not in the inventory");
}

void unreviewed_key(const PeerCase& c, Verdict& verdict) {
  verdict.open(about(RuleId::unknown_key, c), c.record, "the record is not reviewed yet",
               Severity::low);
}

template <RuleId kRule>
void banned_key(const PeerCase& c, Verdict& verdict) {
  const Ban ban = ban_of(c);
  verdict.open(about(kRule, c), c.record,
               with_time(std::string(ban.state), ban.began) + ", still configured");
}

bool is_always_on(const PeerCase& c, const Verdict& verdict) {
  return c.policy.always_on != nullptr && c.policy.always_on->at(verdict.context().gateway);
}

void stale_handshake(const PeerCase& c, Verdict& verdict) {
  if (!is_always_on(c, verdict) || !c.memory.last_handshake_known()) return;
  const Duration age = c.device().observed_at - c.memory.learned.last_handshake_boot;
  if (age <= c.policy.stale_after) return;
  verdict.open(about(RuleId::stale_handshake, c), c.record,
               "always on, last handshake " + to_rfc3339(c.memory.learned.last_handshake) +
                   ", stale after " + to_string(c.policy.stale_after));
}

void never_connected(const PeerCase& c, Verdict& verdict) {
  if (!is_always_on(c, verdict) || c.memory.last_handshake_known()) return;
  const Duration age = c.device().observed_at - c.memory.learned.first_seen_boot;
  if (age <= c.policy.stale_after) return;
  verdict.open(
      about(RuleId::never_connected, c), c.record,
      "always on, first seen " + to_rfc3339(c.memory.learned.first_seen) + ", never a handshake");
}

void dormant_key(const PeerCase& c, Verdict& verdict) {
  const PeerLearned& learned = c.memory.learned;
  const bool known = c.memory.last_handshake_known();
  const BootTime since = known ? learned.last_handshake_boot : learned.first_seen_boot;
  if (c.device().observed_at - since <= c.policy.dormant_after) return;
  verdict.open(about(RuleId::dormant_key, c), c.record,
               (known ? "last handshake " + to_rfc3339(learned.last_handshake)
                      : "no handshake since it was first seen " + to_rfc3339(learned.first_seen)) +
                   ", dormant after " + to_string(c.policy.dormant_after));
}

// Of a key whose time of issue is not known it is certain that it is as old as its first sight.
void key_age(const PeerCase& c, Verdict& verdict) {
  if (!c.policy.max_key_age) return;
  const bool issued = c.record->issued_at.has_value();
  const WallTime since = c.record->issued_at.value_or(c.memory.learned.first_seen);
  if (verdict.now().wall - since <= *c.policy.max_key_age) return;
  verdict.open(about(RuleId::rotation_due, c), c.record,
               (issued ? "issued " : "in use since ") + to_rfc3339(since) + ", older than " +
                   to_string(*c.policy.max_key_age));
}

// The overlap begins with the issue of the new key; where that is not said, with its first sight.
void rotation_overlap(const PeerCase& c, Verdict& verdict) {
  const auto& replacing = verdict.context().replacing;
  if (replacing.empty()) return;
  const auto found = replacing.find(c.peer.public_key);
  if (found == replacing.end() || found->second->status != Status::active) return;
  const Record& successor = *found->second;
  std::optional<WallTime> begun = successor.issued_at;
  if (!begun) begun = c.on.first_seen(successor.public_key);
  if (!begun || verdict.now().wall - *begun <= c.policy.rotation_overlap) return;
  const std::string key = to_string(successor.public_key);
  verdict.open(about(RuleId::rotation_due, c, key), c.record,
               "replaced by " + key + " since " + to_rfc3339(*begun) +
                   ", still configured after the overlap of " +
                   to_string(c.policy.rotation_overlap));
}

void preshared_key_missing(const PeerCase& c, Verdict& verdict) {
  if (!c.policy.require_preshared_key || c.peer.preshared_key == PresharedKey::present) return;
  auto identity = about(RuleId::preshared_key_missing, c);
  const Absent what{c.peer.public_key, AbsenceKind::preshared_key};
  if (verdict.was_open(identity) || c.on.absences.believed(what)) {
    verdict.open(std::move(identity), c.record,
                 "the policy requires a preshared key, there is none");
  }
}

void unexpected_endpoint(const PeerCase& c, Verdict& verdict) {
  if (!c.record->endpoints || !c.memory.session_up()) return;
  const Endpoint& endpoint = c.memory.told.endpoint;
  if (!endpoint.known()) return;
  const bool expected = std::ranges::any_of(*c.record->endpoints, [&](const Cidr& network) {
    return contains(network, endpoint.address);
  });
  if (expected) return;
  verdict.open(about(RuleId::unexpected_endpoint, c), c.record,
               "has a session from " + to_string(endpoint.address) +
                   ", which is in none of the record's endpoints");
}

// "" = the device may be here. Without `require_posture`, what is not known is not checked.
std::string posture_fault(const PeerCase& c, const Verdict& verdict) {
  const auto posture = posture_of(*c.record, verdict.context().posture.get());
  if (!posture) return c.policy.require_posture ? "its posture is not known" : "";
  if (!posture->compliant) return "its posture is not compliant";
  if (!posture->checked_at) {
    return c.policy.require_posture ? "it is not known when its posture was checked" : "";
  }
  if (verdict.now().wall - *posture->checked_at <= c.policy.posture_max_age) return "";
  return "its posture was checked " + to_rfc3339(*posture->checked_at) + ", more than " +
         to_string(c.policy.posture_max_age) + " ago";
}

void noncompliant_device(const PeerCase& c, Verdict& verdict) {
  if (!c.memory.session_up()) return;
  const std::string fault = posture_fault(c, verdict);
  if (fault.empty()) return;
  verdict.open(about(RuleId::noncompliant_device, c), c.record, "has a session, " + fault);
}

void wrong_interface(const PeerCase& c, Verdict& verdict) {
  if (!c.record->at ||
      allows(*c.record, verdict.context().gateway, c.device().netns, c.device().name))
    return;
  verdict.open(about(RuleId::wrong_interface, c), c.record,
               "the record does not list this interface");
}

void forbidden_session(const PeerCase& c, Verdict& verdict) {
  const Ban ban = ban_of(c);
  const bool shook_hands_since =
      c.new_handshake && ban.began && c.memory.learned.last_handshake > *ban.began;
  if (!c.memory.session_up() && !shook_hands_since) return;
  verdict.open(
      about(RuleId::forbidden_session, c), c.record,
      std::string(c.memory.session_up() ? "has a session" : "shook hands") +
          " with a key that is " + with_time(std::string(ban.state), ban.began) +
          ", last handshake " + to_rfc3339(c.memory.learned.last_handshake) +
          (c.memory.told.endpoint.known() ? " from " + to_string(c.memory.told.endpoint) : ""));
}

constexpr unsigned in(KeyState state) { return 1U << static_cast<unsigned>(state); }
constexpr unsigned kBanned =
    in(KeyState::unknown) | in(KeyState::revoked) | in(KeyState::disabled) | in(KeyState::expired);
constexpr unsigned kKnown = ~in(KeyState::unknown);
constexpr unsigned kUsable = in(KeyState::unreviewed) | in(KeyState::good);

// All of them need an inventory. A key in one of these states is judged by the rule.
struct PeerRule {
  unsigned states;
  void (*check)(const PeerCase&, Verdict&);
};
constexpr PeerRule kPeerRules[] = {
    {in(KeyState::unknown), unknown_key},
    {in(KeyState::unreviewed), unreviewed_key},
    {in(KeyState::revoked), banned_key<RuleId::revoked_key>},
    {in(KeyState::disabled), banned_key<RuleId::disabled_key>},
    {in(KeyState::expired), banned_key<RuleId::expired_key>},
    {kUsable, key_age},
    {kUsable, rotation_overlap},
    {kKnown, allowed_ips_excess},
    {kUsable, allowed_ips_missing},
    {kKnown, allowed_ips_too_broad},
    {kUsable, stale_handshake},
    {kUsable, never_connected},
    {kUsable, dormant_key},
    {kKnown, preshared_key_missing},
    {kKnown, unexpected_endpoint},
    {kKnown, noncompliant_device},
    {kKnown, wrong_interface},
    {kBanned, forbidden_session},
};

}  // namespace

void evaluate_peer(const PeerCase& peer_case, Verdict& verdict) {
  shared_key(peer_case, verdict);
  traffic_anomaly(peer_case, verdict);
  if (!verdict.context().inventory_health.configured) return;
  for (const PeerRule& rule : kPeerRules) {
    if ((rule.states & in(peer_case.state)) != 0) rule.check(peer_case, verdict);
  }
}

}  // namespace wgaudit
