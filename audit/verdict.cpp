#include <algorithm>

#include "audit/evaluate.hpp"

namespace wgaudit {

KeyState key_state(const Record* record, const Now& now) {
  if (record == nullptr) return KeyState::unknown;
  if (record->status == Status::revoked) return KeyState::revoked;
  if (record->status == Status::disabled) return KeyState::disabled;
  if (is_expired(*record, now)) return KeyState::expired;
  return record->status == Status::unreviewed ? KeyState::unreviewed : KeyState::good;
}

bool is_expired(const Record& record, const Now& now) {
  return record.expires_at && *record.expires_at <= now.wall;
}

bool Verdict::was_open(const FindingIdentity& identity) const {
  return std::ranges::binary_search(open_before_, identity, {}, &Finding::identity);
}

void Verdict::open(FindingIdentity identity, const Record* record, std::string detail,
                   Severity at_most, std::size_t evidence) {
  const auto severity = severity_of(identity.rule, record);
  if (!severity) return;
  Finding finding;
  finding.severity = std::min(at_most, *severity);
  finding.since = now_.wall;
  finding.detail = std::move(detail);
  finding.evidence = static_cast<std::uint32_t>(evidence);
  if (identity.public_key) finding.principal = principal_of(*identity.public_key, record);
  if (record != nullptr) {
    finding.accepted = find_exception(*record, rule_info(identity.rule).name, now_.wall) != nullptr;
  }
  finding.identity = std::move(identity);
  findings_.push_back(std::move(finding));
}

void Verdict::leave(const FindingIdentity& identity) {
  const Record* record =
      identity.public_key ? context_.inventory->find(*identity.public_key) : nullptr;
  if (was_open(identity) && severity_of(identity.rule, record)) left_.insert(identity);
}

std::optional<Severity> Verdict::severity_of(RuleId rule, const Record* record) const {
  const std::string_view role =
      record != nullptr ? context_.inventory->role_name(*record) : std::string_view{};
  return context_.rule_settings->severity(rule, role);
}

std::span<const Finding> Verdict::open_before(RuleId rule) const {
  const auto range = std::ranges::equal_range(
      open_before_, rule, {}, [](const Finding& finding) { return finding.identity.rule; });
  return {range.begin(), range.end()};
}

std::span<const Finding> Verdict::open_before(RuleId rule, const DeviceId& device) const {
  const auto place = [](const Finding& finding) {
    const FindingIdentity& identity = finding.identity;
    return std::tie(identity.rule, identity.netns, identity.interface);
  };
  const auto range = std::ranges::equal_range(
      open_before_, std::tie(rule, device.first, device.second), {}, place);
  return {range.begin(), range.end()};
}

std::optional<WallTime> DeviceCase::first_seen(const Key& key) const {
  if (memory == nullptr) return std::nullopt;
  const auto peer = std::ranges::lower_bound(memory->peers, key, {}, &PeerMemory::public_key);
  if (peer == memory->peers.end() || peer->public_key != key) return std::nullopt;
  return peer->learned.first_seen;
}

FindingIdentity about(RuleId rule, const PeerCase& c, std::string subject) {
  return {rule, c.device().netns, c.device().name, c.peer.public_key, std::move(subject)};
}

const Finding* finding_before(RuleId rule, const PeerCase& c, const Verdict& verdict) {
  const auto open = verdict.open_before(rule, {c.device().netns, c.device().name});
  const auto found =
      std::ranges::lower_bound(open, std::optional(c.peer.public_key), {},
                               [](const Finding& f) { return f.identity.public_key; });
  return found == open.end() || found->identity.public_key != c.peer.public_key ? nullptr : &*found;
}

}  // namespace wgaudit
