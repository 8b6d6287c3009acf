#include "audit/evaluate.hpp"

#include <algorithm>
#include <optional>

namespace wgaudit {
namespace {

FindingIdentity about(RuleId rule, const PeerCase& c, std::string subject = "") {
  return {rule, c.device.netns, c.device.name, c.peer.public_key, std::move(subject)};
}

bool expired(const Record& record, const Now& now) {
  return record.expires_at && *record.expires_at <= now.wall;
}

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

void allowed_ips_excess(const PeerCase& c, Verdict& verdict) {
  for (const Cidr& prefix : c.memory.told.prefixes) {
    if (is_granted(prefix, *c.record)) continue;
    const std::string text = to_string(prefix);
    auto identity = about(RuleId::allowed_ips_excess, c, text);
    // A prefix that is gone, though not settled, keeps a finding open and opens none.
    const bool gone = std::ranges::find(c.memory.pending.prefixes, prefix,
                                        &PendingPrefix::prefix) != c.memory.pending.prefixes.end();
    if (gone && !verdict.was_open(identity)) continue;
    verdict.open(std::move(identity), c.record,
                 "allowed IP " + text + " is not granted by the record");
  }
}

void stale_handshake(const PeerCase& c, Verdict& verdict) {
  if (c.policy.always_on == nullptr || !c.memory.last_handshake_known()) return;
  if (!c.policy.always_on->at(verdict.context().gateway)) return;
  const Duration age = c.device.observed_at - c.memory.learned.last_handshake_boot;
  if (age <= c.policy.stale_after) return;
  verdict.open(about(RuleId::stale_handshake, c), c.record,
               "always on, last handshake " + to_rfc3339(c.memory.learned.last_handshake) +
                   ", stale after " + to_string(c.policy.stale_after));
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
    {~in(KeyState::unknown), allowed_ips_excess},
    {kUsable, stale_handshake},
    {kBanned, forbidden_session},
};

// Whether every address of `prefix` lies in some of `granted`: in one of them, or its halves do.
bool is_covered(const Cidr& prefix, const std::vector<Cidr>& granted) {
  bool inner = false;
  for (const Cidr& grant : granted) {
    if (contains(grant, prefix)) return true;
    inner |= contains(prefix, grant);
  }
  if (!inner || prefix.length >= address_bits(prefix.address.family)) return false;
  Cidr low = prefix, high;
  ++low.length;
  high = low;
  high.address.bytes[prefix.length / 8U] |=
      static_cast<std::uint8_t>(0x80U >> (prefix.length % 8U));
  return is_covered(low, granted) && is_covered(high, granted);
}

}  // namespace

KeyState key_state(const Record* record, const Now& now) {
  if (record == nullptr) return KeyState::unknown;
  if (record->status == Status::revoked) return KeyState::revoked;
  if (record->status == Status::disabled) return KeyState::disabled;
  if (expired(*record, now)) return KeyState::expired;
  return record->status == Status::unreviewed ? KeyState::unreviewed : KeyState::good;
}

bool is_granted(const Cidr& prefix, const Record& record) {
  if (!record.allowed_ips && !record.allowed_ips_max) return true;
  const auto listed = [&](const std::optional<std::vector<Cidr>>& list) {
    return list && std::ranges::find(*list, prefix) != list->end();
  };
  if (listed(record.allowed_ips) || listed(record.allowed_ips_max)) return true;
  if (is_default_route(prefix)) return false;
  std::vector<Cidr> granted;
  for (const auto* list : {&record.allowed_ips, &record.allowed_ips_max}) {
    if (*list) granted.insert(granted.end(), (*list)->begin(), (*list)->end());
  }
  return is_covered(prefix, granted);
}

bool Verdict::was_open(const FindingIdentity& identity) const {
  return std::ranges::binary_search(open_before_, identity, {}, &Finding::identity);
}

void Verdict::open(FindingIdentity identity, const Record* record, std::string detail,
                   Severity at_most) {
  const std::string_view role =
      record != nullptr ? context_.inventory->role_name(*record) : std::string_view{};
  const auto severity = context_.rule_settings->severity(identity.rule, role);
  if (!severity) return;
  Finding finding;
  finding.severity = std::min(at_most, *severity);
  finding.since = now_.wall;
  finding.detail = std::move(detail);
  if (identity.public_key) finding.principal = principal_of(*identity.public_key, record);
  if (record != nullptr) {
    finding.accepted = std::ranges::any_of(record->exceptions, [&](const Exception& exception) {
      return exception.rule == rule_info(identity.rule).name &&
             (!exception.until || now_.wall < *exception.until);
    });
  }
  finding.identity = std::move(identity);
  findings_.push_back(std::move(finding));
}

void evaluate_peer(const PeerCase& peer_case, Verdict& verdict) {
  if (!verdict.context().inventory_health.configured) return;
  for (const PeerRule& rule : kPeerRules) {
    if ((rule.states & in(peer_case.state)) != 0) rule.check(peer_case, verdict);
  }
}

void evaluate_missing(const Device& device, const Record& record, Verdict& verdict) {
  if (expired(record, verdict.now())) return;
  verdict.open({RuleId::missing_peer, device.netns, device.name, record.public_key, ""}, &record,
               "active in the inventory for this interface, not configured on it");
}

void evaluate_inventory(Verdict& verdict) {
  if (verdict.context().inventory_health.configured) return;
  verdict.open({RuleId::no_inventory, "", "", std::nullopt, ""}, nullptr,
               "no inventory is configured: the rules that need one are off");
}

void evaluate_failures(const std::map<FailureId, FailureMemory>& failures, Verdict& verdict) {
  const Duration limit = verdict.context().failing_after;
  for (const auto& [id, failure] : failures) {
    const Duration age = verdict.now().boot - failure.since;
    const bool child = id.collector == kChildSubject;
    if (child ? age >= limit : age < limit) continue;
    verdict.open({RuleId::collector_failing, id.netns, id.interface, std::nullopt, id.collector},
                 nullptr, failure.why);
  }
}

}  // namespace wgaudit
