#include "audit/peer_events.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>

namespace wgaudit {
namespace {

bool is_due(const Suppressed& suppressed, BootTime now) {
  return suppressed.any() && now - suppressed.first_boot >= kThrottleRefill;
}

// The peer-added event of a key on the device; 0 where there is none.
std::uint64_t added_sequence(const Key& key, const DeviceMemory* known,
                             const std::vector<Delta::PeerChange>& changed) {
  const auto now = std::ranges::lower_bound(
      changed, key, {}, [](const Delta::PeerChange& c) { return c.peer.public_key; });
  if (now != changed.end() && now->peer.public_key == key) return now->peer.told.added_sequence;
  if (known == nullptr) return 0;
  const auto before = std::ranges::lower_bound(known->peers, key, {}, &PeerMemory::public_key);
  const bool there = before != known->peers.end() && before->public_key == key;
  return there ? before->told.added_sequence : 0;
}

}  // namespace

PeerEvents::PeerEvents(const PollScope& scope, const DeviceId& id, const Device& device,
                       const Reading& reading, const DeviceMemory* known)
    : scope_(scope),
      id_(id),
      reading_(reading),
      known_(known),
      device_(told_of(device)),
      at_start_(known != nullptr && known->is_told && !known->read_in_run) {}

Event& PeerEvents::tell(Event event) {
  event.observed_after = reading_.observed_after;
  if (at_start_) event.facts.push_back({Field::detected_at_start, true});
  return scope_.teller.tell(std::move(event));
}

KeyRecord PeerEvents::stay_of(const PeerMemory& peer) const {
  KeyRecord stay;
  stay.device = id_;
  stay.public_key = peer.public_key;
  stay.principal = principal_of(peer.public_key, scope_.context.inventory->find(peer.public_key));
  stay.first_seen = peer.learned.first_seen;
  return stay;
}

Event PeerEvents::about(Action action, const PeerMemory& peer) const {
  return peer_event(action, id_, device_, at(), peer.public_key, *scope_.context.inventory);
}

void PeerEvents::tell(const PeerMemory* known, PeerStep& step) {
  assert(step.changed.has_value());
  PeerMemory& peer = *step.changed;
  if (known == nullptr || !known->is_told) tell_first_sight(peer);
  if (known != nullptr && known->is_told && !step.facts.empty() && !scope_.baseline()) {
    Event event = about(Action::peer_changed, peer);
    std::ranges::move(step.facts, std::back_inserter(event.facts));
    tell(std::move(event));
  }
  note_gained(known, peer);
  keep_endpoints(known, step);
  if (step.session_ended) {
    // Where another one began meanwhile, the new address is that one's.
    const bool moved = step.session_started && step.endpoint_before.has_value();
    tell_ended(peer, *step.session_ended, moved ? *step.endpoint_before : peer.told.endpoint);
  }
  if (step.endpoint_before) tell_endpoint(peer, *step.endpoint_before);
  if (step.session_started) tell_started(peer, step.idle_before);
  if (is_due(peer.told.suppressed, reading_.device.observed_at)) tell_suppressed(peer);
  step.tells = step.tells || known == nullptr || !known->is_told || !(peer.told == known->told);
}

void PeerEvents::keep_endpoint(std::uint64_t session, const Endpoint& endpoint, WallTime first_seen,
                               std::optional<WallTime> last_seen) const {
  if (!endpoint.known()) return;
  scope_.delta.endpoints.push_back({session, endpoint.address, first_seen, last_seen});
}

void PeerEvents::keep_endpoints(const PeerMemory* known, const PeerStep& step) const {
  if (known == nullptr || !known->told.session || !step.changed || step.session_started) return;
  const std::uint64_t session = known->told.session->number;
  if (step.endpoint_before) {
    const WallTime left = reading_.observed_after.value_or(at());
    keep_endpoint(session, *step.endpoint_before, left, left);
  }
  // What it had last goes with the end of the session.
  const bool arrived = step.endpoint_before || !known->told.endpoint.known();
  if (arrived && !step.session_ended) {
    keep_endpoint(session, step.changed->told.endpoint, at(), std::nullopt);
  }
}

void PeerEvents::tell_first_sight(PeerMemory& peer) {
  KeyRecord stay = stay_of(peer);
  if (!scope_.baseline()) stay.added = at();
  scope_.delta.keys.push_back(std::move(stay));
  if (scope_.baseline()) return;
  Event event = about(Action::peer_added, peer);
  add_configuration(event, peer.told);
  add_source(event, peer.told.endpoint);
  peer.told.added_sequence = tell(std::move(event)).sequence;
}

void PeerEvents::note_gained(const PeerMemory* known, const PeerMemory& peer) {
  const bool told = known != nullptr && known->is_told;
  if (scope_.baseline() || (told && known->told.prefixes == peer.told.prefixes)) return;
  std::vector<Cidr> gained;
  const std::vector<Cidr> before = told ? known->told.prefixes : std::vector<Cidr>{};
  std::ranges::set_difference(peer.told.prefixes, before, std::back_inserter(gained));
  if (!gained.empty()) gained_.emplace_back(peer.public_key, std::move(gained));
}

// On one interface a prefix is on one peer alone: that it is here shows that it left the other one,
// whose own event comes when the absence is settled.
void PeerEvents::tell_moves() {
  if (gained_.empty() || known_ == nullptr) return;
  std::map<Cidr, Key> before;
  for (const PeerMemory& peer : known_->peers) {
    if (!peer.is_told || reading_.device.find(peer.public_key) == nullptr) continue;
    for (const Cidr& prefix : peer.told.prefixes) before.emplace(prefix, peer.public_key);
  }
  for (const auto& [holder, gained] : gained_) {
    std::map<Key, std::vector<Cidr>> moved;  // by whose they were
    for (const Cidr& prefix : gained) {
      const auto from = before.find(prefix);
      if (from != before.end() && from->second != holder) moved[from->second].push_back(prefix);
    }
    for (const auto& [from, prefixes] : moved) tell_moved(holder, from, prefixes);
  }
}

void PeerEvents::tell_moved(const Key& holder, const Key& from, const std::vector<Cidr>& prefixes) {
  const Inventory& inventory = *scope_.context.inventory;
  const Record* record = inventory.find(holder);
  const bool is_given = record != nullptr && (record->allowed_ips || record->allowed_ips_max) &&
                        std::ranges::all_of(prefixes, [&](const Cidr& prefix) {
                          return is_granted(prefix, *record);
                        });
  Event event = peer_event(Action::allowed_ips_moved, id_, device_, at(), holder, inventory);
  if (is_given) {
    event.kind = EventKind::event;
    event.severity = Severity::info;
  }
  event.facts.push_back({Field::moved_allowed_ips, texts_of(prefixes)});
  add_text(event, Field::moved_from_public_key, to_string(from));
  add_text(event, Field::moved_from_principal, principal_of(from, inventory.find(from)));
  tell(std::move(event));
}

void PeerEvents::tell_endpoint(PeerMemory& peer, const Endpoint& before) {
  if (scope_.baseline()) return;
  if (!admit(peer.told.endpoint_throttle, reading_.device.observed_at)) {
    suppress(peer, &Suppressed::endpoints_changed);
    return;
  }
  Event event = about(Action::endpoint_changed, peer);
  add_source(event, peer.told.endpoint);
  add_text(event, Field::endpoint_previous_ip, to_string(before.address));
  add_number(event, Field::endpoint_previous_port, before.port);
  tell(std::move(event));
}

void PeerEvents::tell_started(PeerMemory& peer, const std::optional<Duration>& idle_before) {
  assert(peer.told.session.has_value());
  SessionMemory& session = *peer.told.session;
  session.number = ++scope_.delta.program.session_number;
  // A session that runs at the baseline has no start event (SPEC §6).
  session.start_unknown = session.announced = scope_.baseline();
  scope_.delta.sessions.push_back(record_of(id_, peer, session, *scope_.context.inventory));
  keep_endpoint(session.number, peer.told.endpoint, std::min(session.started, at()), std::nullopt);
  if (session.start_unknown) return;
  if (!admit(peer.told.session_throttle, reading_.device.observed_at)) {
    suppress(peer, &Suppressed::sessions_started);
    return;
  }
  session.announced = true;
  Event event = about(Action::session_started, peer);
  event.at = std::min(session.started, at());  // the handshake; a clock ahead does not count
  event.facts.push_back({Field::session_id, SessionRef{session.number}});
  event.facts.push_back({Field::event_start, session.started});
  add_source(event, peer.told.endpoint);
  if (idle_before) {
    using std::chrono::seconds;
    add_number(
        event, Field::session_idle_before_seconds,
        static_cast<std::uint64_t>(std::chrono::duration_cast<seconds>(*idle_before).count()));
  }
  tell(std::move(event));
}

// The end of a start that was delivered is never suppressed.
void PeerEvents::tell_ended(PeerMemory& peer, const EndedSession& ended, const Endpoint& endpoint) {
  SessionRecord record = record_of(id_, peer, ended, *scope_.context.inventory);
  record.endpoint = endpoint;
  scope_.delta.sessions.push_back(std::move(record));
  keep_endpoint(ended.session.number, endpoint, ended.ended, ended.ended);
  if (!ended.session.announced) {
    suppress(peer, &Suppressed::sessions_ended);
    return;
  }
  Event event = about(Action::session_ended, peer);
  add_ended(event, ended);
  add_source(event, endpoint);
  tell(std::move(event));
}

void PeerEvents::suppress(PeerMemory& peer, std::uint32_t Suppressed::* count) const {
  Suppressed& suppressed = peer.told.suppressed;
  if (!suppressed.any()) {
    suppressed.first = at();
    suppressed.first_boot = reading_.device.observed_at;
  }
  suppressed.last = at();
  ++(suppressed.*count);
}

void PeerEvents::tell_suppressed(PeerMemory& peer) {
  const Suppressed suppressed = std::exchange(peer.told.suppressed, {});
  Event event = about(Action::events_suppressed, peer);
  add_number(event, Field::suppressed_session_started, suppressed.sessions_started);
  add_number(event, Field::suppressed_session_ended, suppressed.sessions_ended);
  add_number(event, Field::suppressed_endpoint_changed, suppressed.endpoints_changed);
  event.facts.push_back({Field::suppressed_first, suppressed.first});
  event.facts.push_back({Field::suppressed_last, suppressed.last});
  tell(std::move(event));
}

void PeerEvents::tell_ended_with(PeerMemory& peer, std::string_view reason) {
  if (!peer.session_up()) return;
  const Peer* last = reading_.before != nullptr ? reading_.before->find(peer.public_key) : nullptr;
  const EndedSession ended =
      end_session(peer, last, reason, scope_.context.policies.front().session_timeout, at());
  peer.told.session.reset();
  tell_ended(peer, ended, peer.told.endpoint);
}

void PeerEvents::tell_removed(const PeerMemory& peer) {
  PeerMemory gone = peer;
  tell_ended_with(gone, "peer_removed");
  if (gone.told.suppressed.any()) tell_suppressed(gone);
  remember_departed(id_, gone, *scope_.context.inventory, scope_.delta);
  // Absent since the first poll that did not show it.
  const BootTime observed = reading_.device.observed_at;
  keep_removed(peer, at() - (observed - peer.pending.absent_since.value_or(observed)));
  if (scope_.baseline()) return;
  Event event = about(Action::peer_removed, gone);
  add_configuration(event, gone.told);
  removed_.emplace_back(gone.public_key, tell(std::move(event)).sequence);
}

void PeerEvents::keep_removed(const PeerMemory& peer, WallTime last_seen) const {
  KeyRecord stay = stay_of(peer);
  stay.last_seen = last_seen;
  stay.removed = at();
  scope_.delta.keys.push_back(std::move(stay));
}

void PeerEvents::tell_rotations(const std::vector<Delta::PeerChange>& changed) {
  for (const auto& [old_key, removed] : removed_) {
    const auto replacing = scope_.context.replacing.find(old_key);
    if (replacing == scope_.context.replacing.end()) continue;
    const Key& key = replacing->second->public_key;
    if (reading_.device.find(key) == nullptr) continue;
    Event event =
        peer_event(Action::key_rotated, id_, device_, at(), key, *scope_.context.inventory);
    add_text(event, Field::rotation_previous_key, to_string(old_key));
    event.facts.push_back({Field::rotation_removed_id, EventRef{removed}});
    if (const std::uint64_t added = added_sequence(key, known_, changed); added != 0) {
      event.facts.push_back({Field::rotation_added_id, EventRef{added}});
    }
    tell(std::move(event));
  }
}

void remember_departed(const DeviceId& id, const PeerMemory& peer, const Inventory& inventory,
                       Delta& delta) {
  if (!peer.last_handshake_known() || inventory.find(peer.public_key) == nullptr) return;
  delta.departed.push_back(
      {{id, peer.public_key}, {peer.learned.last_handshake, peer.learned.last_handshake_boot}});
}

}  // namespace wgaudit
