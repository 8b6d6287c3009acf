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
  const Device* before;  // as it was last known; null at first sight
  WallTime observed_wall{};
  std::optional<WallTime> observed_after;   // when `before` was read
  std::optional<BootTime> complete_before;  // the last complete reading before this one
  bool peer_set_equal = false;              // to that of the last complete reading
  bool rebooted = false;                    // what is known is of another boot
  // How long it had not been read, where that is longer than between two polls.
  Duration gap{};
  BootTime watched_since{};  // since when it has been read without one, in this run
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

struct EndedSession {
  SessionMemory session;
  std::string_view reason;  // "timeout", "reboot", …
  WallTime ended{};         // when its last handshake was no longer fresh; its last evidence
  std::uint64_t received_bytes = 0, sent_bytes = 0;
  Duration unobserved{};
};

struct PeerStep {
  // Absent: the memory stays as it is.
  std::optional<PeerMemory> changed;
  bool tells = false;  // `changed->told` differs from what is committed
  bool new_handshake = false;
  std::optional<EndedSession> session_ended;
  bool session_started = false;         // `changed->told.session` waits for its number
  std::optional<Duration> idle_before;  // of the session that started
  // The address before, where there is another one now; a new port alone is only counted.
  std::optional<Endpoint> endpoint_before;
  std::vector<Fact> facts;  // of a peer-changed event
};

// A peer that the device shows.
struct SeenPeer {
  const Peer& now;
  const Peer* before;  // as the device was last known to have it; null: it had not
};

// Whether there is nothing to tell or to change: nearly always, for nearly every peer.
[[nodiscard]] bool is_unchanged(const PeerMemory& known, const SeenPeer& seen,
                                const Reading& reading, Duration session_timeout);

// `known` is null for a peer that is not on the device by what is known; then `departed`, if not
// null, is what is remembered of its time before. REQUIRES: it is not unchanged.
[[nodiscard]] PeerStep track_peer(const PeerMemory* known, const Departed* departed,
                                  const SeenPeer& seen, const Reading& reading,
                                  Duration session_timeout);

// A peer that a complete reading does not show: absent (then `changed` may be set) or, when
// settled, removed.
struct AbsenceStep {
  bool removed = false;
  std::optional<PeerMemory> changed;
};
[[nodiscard]] AbsenceStep track_absence(const PeerMemory& known, const Peer* before,
                                        const Reading& reading);

// The session of a peer that ends with what carried it. `last` is null where the peer
// is not there any more, so that its counters are as if at zero. REQUIRES: it runs.
[[nodiscard]] EndedSession end_session(const PeerMemory& peer, const Peer* last,
                                       std::string_view reason, Duration session_timeout,
                                       WallTime no_later_than);

[[nodiscard]] std::vector<std::string> texts_of(std::span<const Cidr> prefixes);

}  // namespace wgaudit
