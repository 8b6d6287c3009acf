#include "audit/tell.hpp"

namespace wgaudit {
namespace {

std::string text_of(const std::optional<Key>& key) { return key ? to_string(*key) : "none"; }

std::vector<Fact> changes_of(const Device& before, const Device& after) {
  std::vector<Fact> facts;
  const auto compare = [&](std::string_view field, std::string old, std::string now) {
    if (old != now) facts.push_back({field, std::move(old) + " -> " + std::move(now)});
  };
  compare("name", before.name, after.name);
  compare("public_key", text_of(before.public_key), text_of(after.public_key));
  compare("listen_port", std::to_string(before.listen_port), std::to_string(after.listen_port));
  compare("firewall_mark", std::to_string(before.firewall_mark),
          std::to_string(after.firewall_mark));
  return facts;
}

}  // namespace

std::vector<Event> device_events(const Device& device, const DeviceMemory* known, bool baseline) {
  if (known == nullptr && baseline) return {};
  const auto event = [&](Action action, std::vector<Fact> facts) {
    return std::vector{Event{action, device.netns, device.name, device.public_key, "",
                             Severity::info, std::move(facts)}};
  };
  if (known == nullptr) {
    return event(Action::interface_added, {{"peers", std::to_string(device.peers.size())}});
  }
  std::vector<Fact> facts = changes_of(*known->last, device);
  if (facts.empty()) return {};
  return event(Action::interface_changed, std::move(facts));
}

Event interface_removed(const DeviceId& id, const DeviceMemory& known) {
  return {Action::interface_removed,
          id.first,
          id.second,
          known.last->public_key,
          "",
          Severity::info,
          {{"peers", std::to_string(known.peers.size())}}};
}

Event peer_event(Action action, const Device& device, const Key& key, const Inventory& inventory,
                 std::vector<Fact> facts) {
  return {action,         device.netns,    device.name, key, principal_of(key, inventory.find(key)),
          Severity::info, std::move(facts)};
}

}  // namespace wgaudit
