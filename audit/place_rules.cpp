// Rules about where a key is, and about interfaces: SPEC §4, WGA-013, 016, 020, 021, and the
// interface's part of WGA-005.
#include <algorithm>
#include <tuple>

#include "audit/evaluate.hpp"

namespace wgaudit {
namespace {

FindingIdentity about_interface(RuleId rule, const Device& device) {
  return {rule, device.netns, device.name, std::nullopt, ""};
}

std::string place_text(const DeviceId& id) {
  return id.second + (id.first.empty() ? "" : " of namespace " + id.first);
}

void gateway_key_mismatch(const Device& device, const GatewayInterface& entry, Verdict& verdict) {
  if (!entry.public_key) return;
  auto identity = about_interface(RuleId::gateway_key_mismatch, device);
  // Without a key it is being set up, or taken down.
  if (!device.public_key) return verdict.leave(identity);
  if (device.public_key == entry.public_key) return;
  verdict.open(std::move(identity), nullptr,
               "its key is " + to_string(*device.public_key) + ", the inventory has " +
                   to_string(*entry.public_key));
}

void interface_key_age(const GatewayInterface& entry, const Device& device, Verdict& verdict) {
  const std::optional<Duration>& limit = verdict.context().policies.front().max_key_age;
  if (!limit || !entry.issued_at || verdict.now().wall - *entry.issued_at <= *limit) return;
  verdict.open(about_interface(RuleId::rotation_due, device), nullptr,
               "the interface's key was issued " + to_rfc3339(*entry.issued_at) + ", older than " +
                   to_string(*limit));
}

// A key on several interfaces, by device.
void duplicate_key(const Key& key, std::span<const KeyHolder> holders, Verdict& verdict) {
  const Record* record = verdict.context().inventory->find(key);
  if (record == nullptr) return;  // unknown_key says it on each
  const auto allowed = [&](const KeyHolder& holder) {
    return allows(*record, verdict.context().gateway, holder.device->netns, holder.device->name);
  };
  const bool some_allowed = std::ranges::any_of(holders, allowed);
  if (std::ranges::all_of(holders, allowed)) return;
  for (const KeyHolder& holder : holders) {
    if (some_allowed && allowed(holder)) continue;
    std::string others;
    for (const KeyHolder& other : holders) {
      if (other.device == holder.device) continue;
      others +=
          (others.empty() ? "" : ", ") + place_text({other.device->netns, other.device->name});
    }
    FindingIdentity identity = about_interface(RuleId::duplicate_key, *holder.device);
    identity.public_key = key;
    verdict.open(std::move(identity), record, "the key is a peer of " + others + " too",
                 Severity::critical, holders.size() - 1);
  }
}

// In a rotation one of the two keys is enough: the new one, or the old one until the overlap ends.
bool is_rotating(const DeviceCase& c, const Record& record, const Verdict& verdict) {
  const auto successor = verdict.context().replacing.find(record.public_key);
  if (successor != verdict.context().replacing.end() &&
      c.device.find(successor->second->public_key) != nullptr) {
    return true;
  }
  if (!record.replaces || !record.issued_at || c.device.find(*record.replaces) == nullptr) {
    return false;
  }
  const Duration overlap = verdict.context().inventory->resolve(&record).rotation_overlap;
  return verdict.now().wall - *record.issued_at <= overlap;
}

}  // namespace

void evaluate_missing(const DeviceCase& c, Verdict& verdict) {
  const auto expected = verdict.context().expected.find({c.device.netns, c.device.name});
  if (expected == verdict.context().expected.end()) return;
  auto peer = c.device.peers.begin();
  for (const Record* record : expected->second) {
    while (peer != c.device.peers.end() && peer->public_key < record->public_key) ++peer;
    if (peer != c.device.peers.end() && peer->public_key == record->public_key) continue;
    FindingIdentity identity = about_interface(RuleId::missing_peer, c.device);
    identity.public_key = record->public_key;
    if (!c.absences.believed({record->public_key})) {
      verdict.leave(identity);
    } else if (!is_expired(*record, verdict.now()) && !is_rotating(c, *record, verdict)) {
      verdict.open(std::move(identity), record,
                   "active in the inventory for this interface, not configured on it");
    }
  }
}

void evaluate_interface(const Device& device, Verdict& verdict) {
  const Gateway* gateway = verdict.context().inventory->gateway(verdict.context().gateway);
  if (gateway == nullptr) return;
  for (const GatewayInterface& entry : gateway->interfaces) {
    if (entry.name != device.name || entry.netns != device.netns) continue;
    gateway_key_mismatch(device, entry, verdict);
    interface_key_age(entry, device, verdict);
    if (device.link && !device.link->up) {
      verdict.open(interface_down_identity(entry), nullptr, "the interface is not up");
    }
  }
}

FindingIdentity interface_down_identity(const GatewayInterface& interface) {
  return {RuleId::interface_down, interface.netns, interface.name, std::nullopt, ""};
}

void evaluate_absent_interface(const GatewayInterface& interface, Verdict& verdict) {
  verdict.open(interface_down_identity(interface), nullptr, "there is no such interface");
}

void evaluate_duplicates(std::vector<KeyHolder> holders, Verdict& verdict) {
  if (!verdict.context().inventory_health.configured) return;
  std::ranges::sort(holders, {}, [](const KeyHolder& holder) {
    return std::tie(holder.peer->public_key, holder.device->netns, holder.device->name);
  });
  for (auto first = holders.begin(); first != holders.end();) {
    const Key& key = first->peer->public_key;
    const auto last = std::find_if(first, holders.end(), [&](const KeyHolder& holder) {
      return holder.peer->public_key != key;
    });
    if (last - first > 1) duplicate_key(key, {first, last}, verdict);
    first = last;
  }
}

}  // namespace wgaudit
