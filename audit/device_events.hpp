// What happened to an interface, told.
#pragma once

#include <string_view>
#include <vector>

#include "audit/peer_events.hpp"

namespace wgaudit {

// Whether the interface was made anew since: another link under its name. Not after a reboot, when
// all are.
[[nodiscard]] bool is_made_anew(const DeviceMemory& known, const Device& device);

// interface-added, interface-changed (renamed, restarted) or nothing; fills in what `change` has of
// the device itself. `known` has the name `known_id`; null at first sight.
void tell_device(const PollScope& scope, const DeviceId& known_id, const DeviceMemory* known,
                 const Reading& reading, Delta::DeviceChange& change, PeerEvents& events);

// The device is believed gone, or another one has its name: one event for it and all of its peers,
// and the end of each session.
void tell_device_removed(const PollScope& scope, const DeviceId& id, const DeviceMemory& known);

// After a reboot nothing of a session is left, though its device is not there again.
[[nodiscard]] std::vector<Delta::PeerChange> end_sessions_of(const PollScope& scope,
                                                             const DeviceId& id,
                                                             const DeviceMemory& known);

}  // namespace wgaudit
