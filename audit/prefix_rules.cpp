// Rules about the prefixes of peers: SPEC §4, WGA-006 to WGA-009.
#include <algorithm>

#include "audit/evaluate.hpp"

namespace wgaudit {
namespace {

bool is_in(const std::optional<std::vector<Cidr>>& list, const Cidr& prefix) {
  return list && std::ranges::find(*list, prefix) != list->end();
}

bool is_listed(const Cidr& prefix, const Record& record) {
  return is_in(record.allowed_ips, prefix) || is_in(record.allowed_ips_max, prefix);
}

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

// A finding about a prefix that the peer is believed to have. One that is gone, though not settled,
// keeps a finding open and opens none.
void open_for_prefix(RuleId rule, const PeerCase& c, const Cidr& prefix, std::string detail,
                     Verdict& verdict) {
  auto identity = about(rule, c, to_string(prefix));
  const auto& pending = c.memory.pending.prefixes;
  const bool gone = std::ranges::find(pending, prefix, &PendingPrefix::prefix) != pending.end();
  if (gone && !verdict.was_open(identity)) return;
  verdict.open(std::move(identity), c.record, std::move(detail));
}

bool is_half_of_default_route(const PeerCase& c, const Cidr& prefix) {
  if (prefix.length != 1) return false;
  Cidr other = prefix;
  other.address.bytes[0] ^= 0x80U;
  return std::ranges::binary_search(c.memory.told.prefixes, other);
}

// "" = it is not.
std::string too_broad(const PeerCase& c, const Cidr& prefix) {
  if (is_default_route(prefix)) return "a default route";
  if (is_half_of_default_route(c, prefix)) return "a half of a default route";
  const unsigned least = prefix.address.family == Family::ipv4 ? c.policy.min_prefix_length_ipv4
                                                               : c.policy.min_prefix_length_ipv6;
  return prefix.length < least ? "shorter than /" + std::to_string(least) : "";
}

// The other key of a rotation that both records are part of.
bool is_rotation_of(const Key& other, const PeerCase& c, const Verdict& verdict) {
  if (c.record->replaces == other) return true;
  const auto successor = verdict.context().replacing.find(c.peer.public_key);
  return successor != verdict.context().replacing.end() && successor->second->public_key == other;
}

// Between the two keys of a rotation a prefix can be on one alone.
bool is_with_successor(const PeerCase& c, const Verdict& verdict) {
  const auto successor = verdict.context().replacing.find(c.peer.public_key);
  return successor != verdict.context().replacing.end() &&
         c.device().find(successor->second->public_key) != nullptr;
}

std::string holder_text(const Key& holder, const Verdict& verdict) {
  return principal_of(holder, verdict.context().inventory->find(holder)) + " (" +
         to_string(holder) + ")";
}

}  // namespace

bool is_granted(const Cidr& prefix, const Record& record) {
  if (!record.allowed_ips && !record.allowed_ips_max) return true;
  if (is_listed(prefix, record)) return true;
  if (is_default_route(prefix)) return false;
  std::vector<Cidr> granted;
  for (const auto* list : {&record.allowed_ips, &record.allowed_ips_max}) {
    if (*list) granted.insert(granted.end(), (*list)->begin(), (*list)->end());
  }
  return is_covered(prefix, granted);
}

void allowed_ips_excess(const PeerCase& c, Verdict& verdict) {
  for (const Cidr& prefix : c.memory.told.prefixes) {
    if (is_granted(prefix, *c.record)) continue;
    open_for_prefix(RuleId::allowed_ips_excess, c, prefix,
                    "allowed IP " + to_string(prefix) + " is not granted by the record", verdict);
  }
}

void allowed_ips_too_broad(const PeerCase& c, Verdict& verdict) {
  for (const Cidr& prefix : c.memory.told.prefixes) {
    if (prefix.length == address_bits(prefix.address.family)) continue;
    const std::string fault = too_broad(c, prefix);
    if (fault.empty() || is_listed(prefix, *c.record)) continue;
    open_for_prefix(
        RuleId::allowed_ips_too_broad, c, prefix,
        "allowed IP " + to_string(prefix) + " is " + fault + " and not listed by the record",
        verdict);
  }
}

void allowed_ips_missing(const PeerCase& c, Verdict& verdict) {
  if (!c.record->allowed_ips) return;
  const auto there = c.device().prefixes_of(c.peer);
  for (const Cidr& prefix : *c.record->allowed_ips) {
    if (std::ranges::find(there, prefix) != there.end()) continue;
    const Key* holder = c.on.prefixes.holder_of(prefix);
    if (holder != nullptr && is_rotation_of(*holder, c, verdict)) continue;
    if (is_with_successor(c, verdict)) continue;
    const std::string text = to_string(prefix);
    auto identity = about(RuleId::allowed_ips_missing, c, text);
    const Absent what{c.peer.public_key, AbsenceKind::prefix, prefix};
    if (!verdict.was_open(identity) && !c.on.absences.believed(what)) continue;
    verdict.open(std::move(identity), c.record,
                 "allowed IP " + text + " of the record is not on the peer" +
                     (holder != nullptr ? ": it is on " + holder_text(*holder, verdict) : ""));
  }
}

void evaluate_overlaps(const DeviceCase& c, Verdict& verdict) {
  if (!verdict.context().inventory_health.configured) return;
  const Inventory& inventory = *verdict.context().inventory;
  std::set<FindingIdentity> found;
  for (const PrefixOverlap& overlap : c.prefixes.overlaps) {
    const Record* record = inventory.find(overlap.holder);
    if (record != nullptr && is_listed(overlap.inner, *record)) continue;
    const std::string text = to_string(overlap.inner);
    FindingIdentity identity{RuleId::allowed_ips_overlap, c.device.netns, c.device.name,
                             overlap.holder, text};
    verdict.open(identity, record,
                 "allowed IP " + text + " lies inside " + to_string(overlap.outer) + " of " +
                     holder_text(overlap.outer_holder, verdict));
    found.insert(std::move(identity));
  }
  // One of the two prefixes is gone: closed when that is settled.
  for (const Finding& before :
       verdict.open_before(RuleId::allowed_ips_overlap, {c.device.netns, c.device.name})) {
    const FindingIdentity& identity = before.identity;
    const auto prefix = parse_cidr(identity.subject);
    if (found.contains(identity) || !prefix || !identity.public_key) continue;
    const Record* record = inventory.find(*identity.public_key);
    if (record != nullptr && is_listed(*prefix, *record)) continue;
    const Absent what{*identity.public_key, AbsenceKind::overlap, *prefix};
    if (!c.absences.believed(what)) verdict.leave(identity);
  }
}

}  // namespace wgaudit
