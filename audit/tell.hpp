// Events about interfaces and peers, from what changed.
#pragma once

#include <vector>

#include "audit/event.hpp"
#include "audit/inventory.hpp"
#include "audit/memory.hpp"

namespace wgaudit {

// interface-added, interface-changed or nothing. `known` is null at first sight; a baseline
// announces no interface.
[[nodiscard]] std::vector<Event> device_events(const Device& device, const DeviceMemory* known,
                                               bool baseline);
// One event for the interface and all of its peers.
[[nodiscard]] Event interface_removed(const DeviceId& id, const DeviceMemory& known);
[[nodiscard]] Event peer_event(Action action, const Device& device, const Key& key,
                               const Inventory& inventory, std::vector<Fact> facts);

}  // namespace wgaudit
