#include "audit/track.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <string>

namespace wgaudit {
namespace {

bool same_prefixes(const PeerMemory& known, const Device& device, const Peer& peer) {
  return known.pending.prefixes.empty() &&
         std::ranges::equal(known.told.prefixes, device.prefixes_of(peer));
}

// A handshake is new when its time differs from the last seen and is not zero (SPEC §6). One that
// was made of an age in whole seconds differs by that much for no reason.
bool is_new_handshake(const Peer& peer, const PeerLearned& learned) {
  constexpr Duration kAgeJitter = std::chrono::seconds{3};
  if (!peer.has_handshake() || peer.last_handshake == learned.raw_handshake) return false;
  return peer.handshake_clock == HandshakeClock::absolute || learned.raw_handshake == WallTime{} ||
         peer.last_handshake - learned.raw_handshake > kAgeJitter;
}

// By the boot clock. A session ends when a poll comes after its time-out (SPEC §6).
bool session_alive(const PeerMemory& memory, const Reading& reading, Duration session_timeout) {
  if (!memory.last_handshake_known()) return false;
  const Duration age = reading.device.observed_at - memory.learned.last_handshake_boot;
  return age <= session_timeout + reading.poll_interval;
}

// Whether its session ends, or begins, without a new handshake.
bool is_due(const PeerMemory& known, const Peer& peer, const Reading& reading,
            Duration session_timeout) {
  const bool alive = session_alive(known, reading, session_timeout);
  return known.session_up() ? !alive : alive && peer.has_handshake();
}

// Not below zero, and without overflow: --at and a hostile clock may lie centuries apart.
Duration age_at(WallTime now, WallTime then) {
  if (then >= now) return Duration{0};
  Duration::rep age = 0;
  const bool overflows =
      __builtin_sub_overflow(now.time_since_epoch().count(), then.time_since_epoch().count(), &age);
  // Half of the range: what it is subtracted from must not overflow either.
  constexpr Duration kLongest = Duration::max() / 2;
  return overflows ? kLongest : std::min(Duration{age}, kLongest);
}

// A handshake that was not there at the last complete reading happened since, whatever the wall
// clock says; at first sight of the peer the wall clock is all there is.
BootTime handshake_boot_time(const Peer& peer, const Reading& reading, const PeerMemory* known) {
  const BootTime seen = reading.device.observed_at;
  BootTime time = seen - age_at(reading.observed_wall, peer.last_handshake);
  if (known == nullptr) return time;
  if (reading.complete_before) time = std::max(time, *reading.complete_before);
  // Of another run nothing is known of the last reading, but the handshake before came before.
  if (known->last_handshake_known()) time = std::max(time, known->learned.last_handshake_boot);
  return std::min(time, seen);
}

// Prefixes come at once; they go when their absence is settled.
void track_prefixes(PeerMemory& memory, const Peer& peer, const Reading& reading, PeerStep& step) {
  const auto now = reading.device.prefixes_of(peer);
  std::vector<Cidr>& believed = memory.told.prefixes;
  std::vector<Cidr> added, absent, removed;
  std::ranges::set_difference(now, believed, std::back_inserter(added));
  std::ranges::set_difference(believed, now, std::back_inserter(absent));
  std::vector<PendingPrefix> pending;
  for (const Cidr& prefix : absent) {
    const auto before = std::ranges::find(memory.pending.prefixes, prefix, &PendingPrefix::prefix);
    const bool waits = before != memory.pending.prefixes.end();
    const BootTime since = waits ? before->absent_since : reading.device.observed_at;
    if (reading.complete() && reading.settled(since)) {
      removed.push_back(prefix);
    } else if (reading.complete() || waits) {
      pending.push_back({prefix, since});
    }
  }
  memory.pending.prefixes = std::move(pending);
  if (added.empty() && removed.empty()) return;
  std::vector<Cidr> joined, after;
  std::ranges::set_union(believed, added, std::back_inserter(joined));
  std::ranges::set_difference(joined, removed, std::back_inserter(after));
  step.facts.push_back({Field::before_allowed_ips, texts_of(believed)});
  step.facts.push_back({Field::after_allowed_ips, texts_of(after)});
  if (!added.empty()) step.facts.push_back({Field::allowed_ips_added, texts_of(added)});
  if (!removed.empty()) step.facts.push_back({Field::allowed_ips_removed, texts_of(removed)});
  believed = std::move(after);
}

void track_preshared_key(PeerMemory& memory, const Peer& peer, const Reading& reading,
                         PeerStep& step) {
  auto& absent_since = memory.pending.preshared_key_absent_since;
  if (peer.preshared_key == memory.told.preshared_key) {
    absent_since.reset();
    return;
  }
  if (peer.preshared_key == PresharedKey::absent) {
    if (!absent_since && reading.complete()) absent_since = reading.device.observed_at;
    if (!absent_since || !reading.settled(*absent_since)) return;
    absent_since.reset();
  }
  memory.told.preshared_key = peer.preshared_key;
  const bool present = peer.preshared_key == PresharedKey::present;
  step.facts.push_back({Field::before_preshared_key_set, !present});
  step.facts.push_back({Field::after_preshared_key_set, present});
}

void track_keepalive(PeerMemory& memory, const Peer& peer, PeerStep& step) {
  auto& seconds = memory.told.persistent_keepalive_seconds;
  if (peer.persistent_keepalive_seconds == seconds) return;
  step.facts.push_back({Field::before_persistent_keepalive_seconds, std::int64_t{seconds}});
  seconds = peer.persistent_keepalive_seconds;
  step.facts.push_back({Field::after_persistent_keepalive_seconds, std::int64_t{seconds}});
}

void track_endpoint(PeerMemory& memory, const Peer& peer, PeerStep& step) {
  Endpoint& endpoint = memory.told.endpoint;
  if (!peer.endpoint.known() || peer.endpoint == endpoint) return;
  if (endpoint.known()) {
    ++memory.told.endpoint_changes;
    if (peer.endpoint.address != endpoint.address) step.endpoint_before = endpoint;
  }
  endpoint = peer.endpoint;
}

bool went_back(const SeenPeer& seen) {
  return seen.before != nullptr && (seen.now.received_bytes < seen.before->received_bytes ||
                                    seen.now.sent_bytes < seen.before->sent_bytes);
}

// Modulo 2^64, as the bases are. Less than nothing comes of a database alone that makes no sense.
std::uint64_t bytes_since(std::uint64_t base, std::uint64_t now) {
  const auto bytes = static_cast<std::int64_t>(now - base);
  return bytes < 0 ? 0 : static_cast<std::uint64_t>(bytes);
}

// A counter that went back was set to zero: what the session had counted before stays counted.
void follow_resets(PeerLearned& learned, const SeenPeer& seen) {
  const auto& [peer, before] = seen;
  if (before == nullptr) return;
  if (peer.received_bytes < before->received_bytes) {
    learned.session_received_base -= before->received_bytes;
  }
  if (peer.sent_bytes < before->sent_bytes) learned.session_sent_base -= before->sent_bytes;
}

// "Zero after non-zero is a reset: ends nothing, forgets nothing" (SPEC §6).
void track_handshake(PeerMemory& memory, const Peer& peer, const Reading& reading, bool first_sight,
                     PeerStep& step) {
  PeerLearned& learned = memory.learned;
  if (is_new_handshake(peer, learned)) {
    // What was there before the first look is news to an audit of one poll alone.
    step.new_handshake = !first_sight || reading.of_one_poll();
    if (memory.last_handshake_known()) {
      step.idle_before = age_at(peer.last_handshake, learned.last_handshake);
    }
    learned.last_handshake_boot =
        handshake_boot_time(peer, reading, first_sight ? nullptr : &memory);
    learned.last_handshake = learned.raw_handshake = peer.last_handshake;
  }
  if (!peer.has_handshake()) learned.raw_handshake = WallTime{};
}

void track_session(PeerMemory& memory, const SeenPeer& seen, const Reading& reading,
                   bool first_sight, Duration session_timeout, PeerStep& step) {
  std::optional<SessionMemory>& session = memory.told.session;
  const auto& [peer, before] = seen;
  if (session && reading.rebooted) {
    step.session_ended =
        end_session(memory, before, "reboot", session_timeout, reading.observed_wall);
    session.reset();
  }
  if (session) {
    follow_resets(memory.learned, seen);
    memory.learned.session_unobserved += reading.gap;
  }
  track_handshake(memory, peer, reading, first_sight, step);
  const bool alive = session_alive(memory, reading, session_timeout);
  if (session && !alive) {
    step.session_ended =
        end_session(memory, &peer, "timeout", session_timeout, reading.observed_wall);
    session.reset();
  }
  // A handshake that is only remembered, of a peer that went and came back, begins nothing.
  step.session_started = alive && !session && peer.has_handshake();
  if (!step.session_started) return;
  session = SessionMemory{0, memory.learned.last_handshake, false, false};
  ++memory.told.sessions;
  memory.learned.session_received_base = peer.received_bytes;
  memory.learned.session_sent_base = peer.sent_bytes;
  memory.learned.session_unobserved = {};
}

PeerMemory remember(const Peer& peer, const Reading& reading, const Departed* departed) {
  PeerMemory memory;
  if (departed != nullptr) {
    memory.learned.last_handshake = departed->last_handshake;
    memory.learned.last_handshake_boot = departed->last_handshake_boot;
  }
  memory.public_key = peer.public_key;
  memory.learned.first_seen = reading.observed_wall;
  memory.learned.first_seen_boot = reading.device.observed_at;
  return memory;
}

// At first sight there is nothing to compare with.
PeerTold first_told(const Peer& peer, const Reading& reading) {
  PeerTold told;
  told.preshared_key = peer.preshared_key;
  told.persistent_keepalive_seconds = peer.persistent_keepalive_seconds;
  const auto prefixes = reading.device.prefixes_of(peer);
  told.prefixes.assign(prefixes.begin(), prefixes.end());
  return told;
}

// Where the poll shows the key, against the poll before.
void follow_key(const PeerMemory& known, PeerMemory& memory, const SeenPeer& seen,
                const Reading& reading, bool new_handshake) {
  Sighting sighting;
  if (seen.before != nullptr) {
    sighting.before = seen.before->endpoint;
    sighting.before_at = reading.before->observed_at;
  }
  sighting.now = seen.now.endpoint;
  sighting.at = reading.device.observed_at;
  sighting.new_handshake = new_handshake;
  if (new_handshake && known.last_handshake_known()) {
    sighting.gap_before = known.recent.handshake_gap;
    sighting.handshake_gap = memory.recent.handshake_gap =
        memory.learned.last_handshake_boot - known.learned.last_handshake_boot;
  }
  memory.recent.trail = follow(known.recent.trail, sighting);
}

}  // namespace

std::vector<std::string> texts_of(std::span<const Cidr> prefixes) {
  std::vector<std::string> texts;
  texts.reserve(prefixes.size());
  for (const Cidr& prefix : prefixes) texts.push_back(to_string(prefix));
  return texts;
}

bool Reading::settled(BootTime absent_since) const {
  if (of_one_poll()) return true;
  return peer_set_equal && device.observed_at - absent_since >= settle;
}

EndedSession end_session(const PeerMemory& peer, const Peer* last, std::string_view reason,
                         Duration session_timeout, WallTime no_later_than) {
  assert(peer.told.session.has_value());
  const SessionMemory& session = *peer.told.session;
  EndedSession ended{session, reason, {}, 0, 0, peer.learned.session_unobserved};
  const WallTime stale = peer.learned.last_handshake + session_timeout;
  ended.ended = std::max(session.started, std::min(stale, no_later_than));
  const PeerLearned& learned = peer.learned;
  const std::uint64_t received = last != nullptr ? last->received_bytes : 0;
  const std::uint64_t sent = last != nullptr ? last->sent_bytes : 0;
  ended.received_bytes = bytes_since(learned.session_received_base, received);
  ended.sent_bytes = bytes_since(learned.session_sent_base, sent);
  return ended;
}

bool is_unchanged(const PeerMemory& known, const SeenPeer& seen, const Reading& reading,
                  Duration session_timeout) {
  const Peer& peer = seen.now;
  if (!reading.shows(peer.public_key)) return true;
  const PeerTold& told = known.told;
  return known.is_told && !known.pending.absent_since &&
         !known.pending.preshared_key_absent_since && !told.suppressed.any() &&
         peer.last_handshake == known.learned.raw_handshake &&
         peer.preshared_key == told.preshared_key &&
         peer.persistent_keepalive_seconds == told.persistent_keepalive_seconds &&
         (peer.endpoint == told.endpoint || !peer.endpoint.known()) &&
         !is_due(known, peer, reading, session_timeout) &&
         !(known.session_up() &&
           (reading.rebooted || reading.gap != Duration{0} || went_back(seen))) &&
         same_prefixes(known, reading.device, peer);
}

PeerStep track_peer(const PeerMemory* known, const Departed* departed, const SeenPeer& seen,
                    const Reading& reading, Duration session_timeout) {
  PeerStep step;
  const Peer& peer = seen.now;
  PeerMemory memory = known != nullptr ? *known : remember(peer, reading, departed);
  const PeerTold before = memory.told;
  if (!memory.is_told) memory.told = first_told(peer, reading);
  memory.pending.absent_since.reset();
  track_prefixes(memory, peer, reading, step);
  track_preshared_key(memory, peer, reading, step);
  track_keepalive(memory, peer, step);
  track_endpoint(memory, peer, step);
  track_session(memory, seen, reading, known == nullptr, session_timeout, step);
  if (known != nullptr) follow_key(*known, memory, seen, reading, step.new_handshake);
  step.tells = !memory.is_told || !(memory.told == before);
  step.changed = std::move(memory);
  return step;
}

AbsenceStep track_absence(const PeerMemory& known, const Peer* before, const Reading& reading) {
  AbsenceStep step;
  if (!reading.complete()) return step;
  if (known.pending.absent_since) {
    step.removed = reading.settled(*known.pending.absent_since);
    return step;
  }
  PeerMemory memory = known;
  memory.pending.absent_since = reading.device.observed_at;
  // Its counters went with it: when it comes back they begin at zero. A reboot ends the session.
  if (before != nullptr && memory.session_up() && !reading.rebooted) {
    memory.learned.session_received_base -= before->received_bytes;
    memory.learned.session_sent_base -= before->sent_bytes;
  }
  step.changed = std::move(memory);
  return step;
}

}  // namespace wgaudit
