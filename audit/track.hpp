// What one poll changes in what is known of a peer: prefixes, endpoint, handshake, session.
#pragma once

#include <optional>
#include <vector>

#include "audit/event.hpp"
#include "audit/memory.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit {

// How a device was read in this poll, for everything that depends on time or on absence.
struct Reading {
  const Device& device;  // complete, or merged over what was known
  const Device* shown;   // what an incomplete dump showed; null when it was complete
  WallTime observed_wall{};
  std::optional<BootTime> complete_before;  // the last complete reading before this one
  bool peer_set_equal = false;              // to that of the last complete reading
  Duration settle{};
  Duration poll_interval{};

  // An audit of one poll, which has nothing to wait for: what it shows is what is.
  [[nodiscard]] bool of_one_poll() const { return settle == Duration{0}; }
  // Absences count only from complete readings.
  [[nodiscard]] bool complete() const { return shown == nullptr; }
  [[nodiscard]] bool shows(const Key& key) const {
    return complete() || shown->find(key) != nullptr;
  }
  // Whether what has been absent since then is believed gone (SPEC §2).
  [[nodiscard]] bool settled(BootTime absent_since) const;
};

struct PeerStep {
  // Absent: the memory stays as it is.
  std::optional<PeerMemory> changed;
  bool new_handshake = false;
  bool session_started = false, session_ended = false;
  bool endpoint_moved = false;  // another address; a new port alone is only counted
  std::vector<Fact> facts;      // of a peer-changed event
};

// Whether track_peer() would tell and change nothing: nearly always, for nearly every peer.
[[nodiscard]] bool is_unchanged(const PeerMemory& known, const Peer& peer, const Reading& reading,
                                Duration session_timeout);

// A peer that the device shows. `known` is null for one that is not on the device by what is known;
// then `departed`, if not null, is what is remembered of its time before.
[[nodiscard]] PeerStep track_peer(const PeerMemory* known, const Departed* departed,
                                  const Peer& peer, const Reading& reading,
                                  Duration session_timeout);

// A peer that a complete reading does not show: absent (then `changed` may be set) or, when
// settled, removed.
struct AbsenceStep {
  bool removed = false;
  std::optional<PeerMemory> changed;
};
[[nodiscard]] AbsenceStep track_absence(const PeerMemory& known, const Reading& reading);

}  // namespace wgaudit
