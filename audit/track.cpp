#include "audit/track.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace wgaudit {
namespace {

bool same_prefixes(const PeerMemory& known, const Device& device, const Peer& peer) {
  return known.pending.empty() && std::ranges::equal(known.prefixes, device.prefixes_of(peer));
}

// A handshake is new when its time differs from the last seen and is not zero (SPEC §6). One that
// was made of an age in whole seconds differs by that much for no reason.
bool is_new_handshake(const Peer& peer, const PeerMemory& memory) {
  constexpr Duration kAgeJitter = std::chrono::seconds{3};
  if (!peer.has_handshake() || peer.last_handshake == memory.raw_handshake) return false;
  return peer.handshake_clock == HandshakeClock::absolute || memory.raw_handshake == WallTime{} ||
         peer.last_handshake - memory.raw_handshake > kAgeJitter;
}

// By the boot clock. A session ends when a poll comes after its time-out (SPEC §6).
bool session_alive(const PeerMemory& memory, const Reading& reading, Duration session_timeout) {
  if (memory.last_handshake == WallTime{}) return false;
  const Duration age = reading.device.observed_at - memory.last_handshake_boot;
  return age <= session_timeout + reading.poll_interval;
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
BootTime handshake_boot_time(const Peer& peer, const Reading& reading, bool first_sight) {
  Duration age = age_at(reading.observed_wall, peer.last_handshake);
  if (reading.complete_before && !first_sight) {
    age = std::min(age, reading.device.observed_at - *reading.complete_before);
  }
  return reading.device.observed_at - age;
}

std::string list(const std::vector<Cidr>& prefixes) {
  std::string text;
  for (const Cidr& prefix : prefixes) text += (text.empty() ? "" : ",") + to_string(prefix);
  return text;
}

// Prefixes come at once; they go when their absence is settled.
void track_prefixes(PeerMemory& memory, const Peer& peer, const Reading& reading, PeerStep& step) {
  const auto now = reading.device.prefixes_of(peer);
  std::vector<Cidr> added, absent, removed;
  std::ranges::set_difference(now, memory.prefixes, std::back_inserter(added));
  std::ranges::set_difference(memory.prefixes, now, std::back_inserter(absent));
  std::vector<PendingPrefix> pending;
  for (const Cidr& prefix : absent) {
    const auto before = std::ranges::find(memory.pending, prefix, &PendingPrefix::prefix);
    const BootTime since =
        before == memory.pending.end() ? reading.device.observed_at : before->absent_since;
    if (reading.complete() && reading.settled(since)) {
      removed.push_back(prefix);
    } else if (reading.complete() || before != memory.pending.end()) {
      pending.push_back({prefix, since});
    }
  }
  memory.pending = std::move(pending);
  if (added.empty() && removed.empty()) return;
  std::vector<Cidr> joined, believed;
  std::ranges::set_union(memory.prefixes, added, std::back_inserter(joined));
  std::ranges::set_difference(joined, removed, std::back_inserter(believed));
  memory.prefixes = std::move(believed);
  if (!added.empty()) step.facts.push_back({"allowed_ips.added", list(added)});
  if (!removed.empty()) step.facts.push_back({"allowed_ips.removed", list(removed)});
}

void track_preshared_key(PeerMemory& memory, const Peer& peer, const Reading& reading,
                         PeerStep& step) {
  if (peer.preshared_key == memory.preshared_key) {
    memory.preshared_key_absent_since.reset();
    return;
  }
  if (peer.preshared_key == PresharedKey::absent) {
    if (!memory.preshared_key_absent_since) {
      memory.preshared_key_absent_since = reading.device.observed_at;
    }
    if (!reading.settled(*memory.preshared_key_absent_since)) return;
    memory.preshared_key_absent_since.reset();
  }
  memory.preshared_key = peer.preshared_key;
  step.facts.push_back(
      {"preshared_key", peer.preshared_key == PresharedKey::present ? "set" : "removed"});
}

void track_endpoint(PeerMemory& memory, const Peer& peer, PeerStep& step) {
  if (!peer.endpoint.known() || peer.endpoint == memory.endpoint) return;
  if (memory.endpoint.known()) {
    ++memory.endpoint_changes;
    step.endpoint_moved = peer.endpoint.address != memory.endpoint.address;
  }
  memory.endpoint = peer.endpoint;
}

// "Zero after non-zero is a reset: ends nothing, forgets nothing" (SPEC §6).
void track_session(PeerMemory& memory, const Peer& peer, const Reading& reading, bool first_sight,
                   Duration session_timeout, PeerStep& step) {
  if (is_new_handshake(peer, memory)) {
    // What was there before the first look is news to an audit of one poll alone.
    step.new_handshake = !first_sight || reading.of_one_poll();
    memory.last_handshake = memory.raw_handshake = peer.last_handshake;
    memory.last_handshake_boot = handshake_boot_time(peer, reading, first_sight);
  }
  if (!peer.has_handshake()) memory.raw_handshake = WallTime{};
  const bool alive = session_alive(memory, reading, session_timeout);
  step.session_started = alive && !memory.session_up;
  step.session_ended = !alive && memory.session_up;
  if (step.session_started) ++memory.sessions;
  memory.session_up = alive;
}

PeerMemory remember(const Peer& peer, const Reading& reading, const Departed* departed) {
  PeerMemory memory;
  if (departed != nullptr) {
    memory.last_handshake = departed->last_handshake;
    memory.last_handshake_boot = departed->last_handshake_boot;
  }
  memory.public_key = peer.public_key;
  memory.first_seen = reading.observed_wall;
  memory.first_seen_boot = reading.device.observed_at;
  memory.preshared_key = peer.preshared_key;
  memory.persistent_keepalive_seconds = peer.persistent_keepalive_seconds;
  const auto prefixes = reading.device.prefixes_of(peer);
  memory.prefixes.assign(prefixes.begin(), prefixes.end());
  return memory;
}

}  // namespace

bool Reading::settled(BootTime absent_since) const {
  if (of_one_poll()) return true;
  return peer_set_equal && device.observed_at - absent_since >= settle;
}

bool is_unchanged(const PeerMemory& known, const Peer& peer, const Reading& reading,
                  Duration session_timeout) {
  if (!reading.shows(peer.public_key)) return true;
  return !known.absent_since && !known.preshared_key_absent_since &&
         peer.last_handshake == known.raw_handshake && peer.preshared_key == known.preshared_key &&
         peer.persistent_keepalive_seconds == known.persistent_keepalive_seconds &&
         (peer.endpoint == known.endpoint || !peer.endpoint.known()) &&
         session_alive(known, reading, session_timeout) == known.session_up &&
         same_prefixes(known, reading.device, peer);
}

PeerStep track_peer(const PeerMemory* known, const Departed* departed, const Peer& peer,
                    const Reading& reading, Duration session_timeout) {
  PeerStep step;
  if (known != nullptr && is_unchanged(*known, peer, reading, session_timeout)) return step;
  PeerMemory memory = known != nullptr ? *known : remember(peer, reading, departed);
  memory.absent_since.reset();
  track_prefixes(memory, peer, reading, step);
  track_preshared_key(memory, peer, reading, step);
  if (peer.persistent_keepalive_seconds != memory.persistent_keepalive_seconds) {
    step.facts.push_back(
        {"persistent_keepalive.before", std::to_string(memory.persistent_keepalive_seconds)});
    step.facts.push_back(
        {"persistent_keepalive.after", std::to_string(peer.persistent_keepalive_seconds)});
    memory.persistent_keepalive_seconds = peer.persistent_keepalive_seconds;
  }
  track_endpoint(memory, peer, step);
  track_session(memory, peer, reading, known == nullptr, session_timeout, step);
  step.changed = std::move(memory);
  return step;
}

AbsenceStep track_absence(const PeerMemory& known, const Reading& reading) {
  AbsenceStep step;
  if (!reading.complete()) return step;
  if (known.absent_since) {
    step.removed = reading.settled(*known.absent_since);
    return step;
  }
  PeerMemory memory = known;
  memory.absent_since = reading.device.observed_at;
  step.changed = std::move(memory);
  return step;
}

}  // namespace wgaudit
