// What happened to the peers of one device in one poll, told.
#pragma once

#include <utility>
#include <vector>

#include "audit/device_pass.hpp"
#include "audit/track.hpp"

namespace wgaudit {

class PeerEvents {
 public:
  // `known` is null at first sight of the device.
  PeerEvents(const PollScope& scope, const DeviceId& id, const Device& device,
             const Reading& reading, const DeviceMemory* known);

  // An event about the device or a peer of it, with what every event of this reading has.
  Event& tell(Event event);
  [[nodiscard]] WallTime at() const { return reading_.observed_wall; }

  // What the step tells. Gives a session that began its number. REQUIRES: step.changed.
  void tell(const PeerMemory* known, PeerStep& step);
  // The peer is believed gone.
  void tell_removed(const PeerMemory& peer);
  // Of the removed keys, those that another one on the device replaces. `changed` by key.
  void tell_rotations(const std::vector<Delta::PeerChange>& changed);
  // Prefixes that peers gained in this poll, and that another peer of the device had until now.
  void tell_moves();
  // For the history: the key of a peer that is gone.
  void keep_removed(const PeerMemory& peer, WallTime last_seen) const;
  // Sessions that end with what carried them.
  void tell_ended_with(PeerMemory& peer, std::string_view reason);

 private:
  Event about(Action action, const PeerMemory& peer) const;
  KeyRecord stay_of(const PeerMemory& peer) const;
  void note_gained(const PeerMemory* known, const PeerMemory& peer);
  void tell_first_sight(PeerMemory& peer);
  // Of the history: an address that the session is seen from by now, one that it left.
  void keep_endpoint(std::uint64_t session, const Endpoint& endpoint, WallTime first_seen,
                     std::optional<WallTime> last_seen) const;
  // Within a session that goes on, or that ends with this step.
  void keep_endpoints(const PeerMemory* known, const PeerStep& step) const;
  void tell_moved(const Key& holder, const Key& from, const std::vector<Cidr>& prefixes);
  void tell_endpoint(PeerMemory& peer, const Endpoint& before);
  void tell_started(PeerMemory& peer, const std::optional<Duration>& idle_before);
  void tell_ended(PeerMemory& peer, const EndedSession& ended, const Endpoint& endpoint);
  void tell_suppressed(PeerMemory& peer);
  void suppress(PeerMemory& peer, std::uint32_t Suppressed::* count) const;

  const PollScope& scope_;
  const DeviceId& id_;
  const Reading& reading_;
  const DeviceMemory* known_;
  DeviceTold device_;
  std::vector<std::pair<Key, std::vector<Cidr>>> gained_;
  std::vector<std::pair<Key, std::uint64_t>> removed_;  // with the sequence of its event
  bool at_start_;  // the first reading of this run of what is known from an earlier one
};

// For a peer that is believed gone, or whose device is.
void remember_departed(const DeviceId& id, const PeerMemory& peer, const Inventory& inventory,
                       Delta& delta);

}  // namespace wgaudit
