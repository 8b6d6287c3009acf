#include "tests/story/absences.hpp"

#include <algorithm>

namespace wgaudit::test {
namespace {

constexpr Duration kSettle = std::chrono::seconds{10};
constexpr Duration kRestartWindow = std::chrono::seconds{60};

DeviceId id_of(const Device& device) { return {device.netns, device.name}; }

std::optional<std::uint32_t> link_of(const DeviceMemory& known) {
  if (known.is_told) return known.told.link_index;
  return known.last->link ? std::optional(known.last->link->index) : std::nullopt;
}

std::string peer_fact(const Key& key) { return to_string(key); }
std::string prefix_fact(const Key& key, const std::string& prefix) {
  return to_string(key) + ' ' + prefix;
}
std::string preshared_fact(const Key& key) { return to_string(key) + " preshared"; }

std::set<std::string> facts_of(const Device& device) {
  std::set<std::string> facts;
  for (const Peer& peer : device.peers) {
    facts.insert(peer_fact(peer.public_key));
    if (peer.preshared_key == PresharedKey::present) facts.insert(preshared_fact(peer.public_key));
    for (const Cidr& prefix : device.prefixes_of(peer)) {
      facts.insert(prefix_fact(peer.public_key, to_string(prefix)));
    }
  }
  return facts;
}

}  // namespace

void Absences::restart() {
  for (auto& [id, of] : interfaces_) {
    of.absent.clear();
    of.first_complete.reset();
    of.gone.reset();
    of.peers.clear();
  }
}

// The old name keeps what was read under it: until a rename is told of, that is its history.
void Absences::follow_renames(const Observation& observation, const Memory& told) {
  renamed_.clear();
  std::set<DeviceId> listed;
  for (const Device& device : observation.devices) listed.insert(id_of(device));
  for (const Device& device : observation.devices) {
    if (told.devices.contains(id_of(device))) continue;
    const auto before = std::ranges::find_if(told.devices, [&](const auto& entry) {
      return !listed.contains(entry.first) && entry.first.first == device.netns &&
             link_of(entry.second) == device.link->index;
    });
    if (before == told.devices.end()) continue;
    renamed_.insert(before->first);
    interfaces_[id_of(device)] = interfaces_[before->first];
  }
}

void Absences::observe(const Device& device, const Memory& told) {
  Readings& of = interfaces_[id_of(device)];
  of.read = true;
  const auto known = told.devices.find(id_of(device));
  of.another = known != told.devices.end() && known->second.is_told &&
               link_of(known->second) != device.link->index;
  if (!of.another) {
    of.gone.reset();
  } else if (!of.gone) {
    of.gone = now_;
  }
  const auto shown = facts_of(device);
  for (const std::string& fact : shown) of.absent.erase(fact);
  of.facts.insert(shown.begin(), shown.end());
  of.complete = device.completeness == Completeness::complete;
  if (!of.complete) return;
  std::set<Key> peers;
  for (const Peer& peer : device.peers) peers.insert(peer.public_key);
  of.same_peers = of.first_complete && peers == of.peers;
  of.peers = std::move(peers);
  if (!of.first_complete) of.first_complete = now_;
  for (const std::string& fact : of.facts) {
    if (!shown.contains(fact)) of.absent.emplace(fact, now_);
  }
}

void Absences::observe(const Observation& observation, const Memory& told) {
  now_ = observation.ended;
  for (auto& [id, of] : interfaces_) of.read = of.complete = of.same_peers = of.another = false;
  follow_renames(observation, told);
  for (const Device& device : observation.devices) observe(device, told);
  for (auto& [id, of] : interfaces_) {
    if (of.read) continue;
    const auto source = std::ranges::find(observation.sources, id.first, &SourceResult::netns);
    const bool listed = std::ranges::any_of(observation.failures, [&](const DeviceFailure& f) {
      return f.netns == id.first && f.name == id.second;
    });
    if (listed) of.gone.reset();
    if (!listed && source->status == SourceStatus::complete && !of.gone) of.gone = now_;
  }
}

bool Absences::settled(const Readings& of, const std::string& fact) const {
  if (!of.complete || !of.same_peers) return false;
  const auto absent = of.absent.find(fact);
  if (absent != of.absent.end()) return now_ - absent->second >= kSettle;
  // Never seen at all: absent from every complete reading.
  return !of.facts.contains(fact) && now_ - *of.first_complete >= kSettle;
}

bool Absences::gone_for(const DeviceId& id, Duration time) const {
  if (renamed_.contains(id)) return true;  // under this name
  const auto found = interfaces_.find(id);
  if (found == interfaces_.end()) return true;  // never seen
  const Readings& of = found->second;
  return of.another || (of.gone && now_ - *of.gone >= time);
}

std::string Absences::objection(const Event& event) const {
  const DeviceId id{event.netns, event.interface};
  const auto said = [&](std::string what) {
    return std::string(to_string(event.action)) + " of " + id.first + ':' + id.second + ' ' +
           (event.public_key ? to_string(*event.public_key) : "") + ": " + what;
  };
  if (event.action == Action::interface_removed) {
    return gone_for(id, kRestartWindow) ? "" : said("was not gone for a minute");
  }
  if (!event.public_key) return "";
  const auto found = interfaces_.find(id);
  const Key& key = *event.public_key;
  const auto settled_fact = [&](const std::string& fact) {
    return found != interfaces_.end() && settled(found->second, fact);
  };
  const bool peer_settled = settled_fact(peer_fact(key));
  if (event.action == Action::peer_removed && !peer_settled) return said("not settled");
  const bool missing = event.text(Field::rule_name) == "missing_peer";
  if (event.action == Action::finding_opened && missing && !peer_settled && renamed_.empty()) {
    return said("missing_peer, not settled");
  }
  if (event.action == Action::finding_closed && !missing &&
      event.text(Field::event_reason) == "subject_gone" && !peer_settled &&
      !gone_for(id, kSettle)) {
    return said("its subject was not gone");
  }
  if (event.action != Action::peer_changed) return "";
  if (const Value* removed = event.find(Field::allowed_ips_removed)) {
    for (const std::string& prefix : std::get<std::vector<std::string>>(*removed)) {
      if (!settled_fact(prefix_fact(key, prefix))) return said(prefix + " not settled");
    }
  }
  const Value* preshared = event.find(Field::after_preshared_key_set);
  if (preshared != nullptr && !std::get<bool>(*preshared) && !settled_fact(preshared_fact(key))) {
    return said("preshared key not settled");
  }
  return "";
}

}  // namespace wgaudit::test
