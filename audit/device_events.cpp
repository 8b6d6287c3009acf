#include "audit/device_events.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

// An interface without a key of its own is being set up: what it is to become shows when it has
// one, or when the absence of the key is settled.
bool is_being_set_up(const DeviceMemory& known, const Reading& reading,
                     Delta::DeviceChange& change) {
  if (reading.device.public_key || !known.told.public_key) return false;
  const BootTime observed = reading.device.observed_at;
  change.key_absent_since = known.key_absent_since.value_or(observed);
  return observed - *change.key_absent_since < reading.settle;
}

// A device that is not there, as it was last known.
Reading reading_of(const PollScope& scope, const DeviceMemory& known) {
  return {.device = *known.last,
          .shown = nullptr,
          .before = known.last.get(),
          .observed_wall = scope.now.wall,
          .observed_after = scope.now.wall - (scope.now.boot - known.last->observed_at),
          .complete_before = std::nullopt,
          .peer_set_equal = false,
          .rebooted = scope.rebooted(),
          .gap = {},
          .settle = scope.context.settle,
          .poll_interval = scope.context.poll_interval};
}

}  // namespace

bool is_made_anew(const DeviceMemory& known, const Device& device) {
  if (known.told.link_index && device.link) return *known.told.link_index != device.link->index;
  return known.absent_since.has_value();
}

void tell_device(const PollScope& scope, const DeviceId& known_id, const DeviceMemory* known,
                 const Reading& reading, Delta::DeviceChange& change, PeerEvents& events) {
  const Device& device = reading.device;
  const DeviceId id{device.netns, device.name};
  const DeviceTold now = told_of(device);
  if (known == nullptr || !known->is_told) {
    change.told = now;
    if (scope.baseline()) return;
    Event event = interface_event(Action::interface_added, id, now, events.at());
    add_number(event, Field::interface_peers, device.peers.size());
    events.tell(std::move(event));
    return;
  }
  if (is_being_set_up(*known, reading, change)) return;
  if (now == known->told && id == known_id) return;
  change.told = now;
  if (scope.baseline()) return;
  Event event = interface_event(Action::interface_changed, id, now, events.at());
  const std::size_t before = event.facts.size();
  add_changes(event, known_id, known->told, id, now);
  if (id != known_id) {
    event.facts.push_back({Field::interface_renamed, true});
  } else if (!reading.rebooted && is_made_anew(*known, device)) {
    event.facts.push_back({Field::interface_restarted, true});
  }
  if (event.facts.size() > before) events.tell(std::move(event));
}

void tell_device_removed(const PollScope& scope, const DeviceId& id, const DeviceMemory& known) {
  const Reading reading = reading_of(scope, known);
  PeerEvents events(scope, id, *known.last, reading, &known);
  Event event = interface_event(Action::interface_removed, id, known.told, events.at());
  add_number(
      event, Field::interface_peers,
      static_cast<std::uint64_t>(std::ranges::count(known.peers, true, &PeerMemory::is_told)));
  for (const PeerMemory& peer : known.peers) {
    if (!peer.is_told) continue;
    PeerMemory gone = peer;
    events.tell_ended_with(gone, "interface_removed");
    remember_departed(id, gone, *scope.context.inventory, scope.delta);
    events.keep_removed(peer, reading.observed_after.value_or(events.at()));
  }
  if (!scope.baseline()) events.tell(std::move(event));
}

std::vector<Delta::PeerChange> end_sessions_of(const PollScope& scope, const DeviceId& id,
                                               const DeviceMemory& known) {
  std::vector<Delta::PeerChange> changed;
  const Reading reading = reading_of(scope, known);
  PeerEvents events(scope, id, *known.last, reading, &known);
  for (const PeerMemory& peer : known.peers) {
    if (!peer.is_told || !peer.session_up()) continue;
    Delta::PeerChange change{peer, true};
    events.tell_ended_with(change.peer, "reboot");
    changed.push_back(std::move(change));
  }
  return changed;
}

}  // namespace wgaudit
