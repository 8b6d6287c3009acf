#include "audit/device_pass.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "audit/merge.hpp"
#include "audit/tell.hpp"
#include "audit/track.hpp"

namespace wgaudit {
namespace {

// FNV-1a over the heads of the keys, which are uniform: equal sets give equal values.
std::uint64_t hash_of(const std::vector<Peer>& peers) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const Peer& peer : peers) {
    hash = (hash ^ KeyHash{}(peer.public_key)) * 0x100000001b3U;
  }
  return hash;
}

// What was read, and what of it is to be believed.
struct Believed {
  std::shared_ptr<const Device> device;
  std::optional<Device> shown;  // of an incomplete dump
};

Believed believe(Device&& observed, const DeviceMemory* known) {
  if (observed.completeness == Completeness::complete) {
    return {std::make_shared<const Device>(std::move(observed)), std::nullopt};
  }
  Device merged = known != nullptr ? merge_over(*known->last, observed) : observed;
  return {std::make_shared<const Device>(std::move(merged)), std::move(observed)};
}

class DevicePass {
 public:
  DevicePass(const PollScope& scope, Device&& observed, const DeviceMemory* known)
      : scope_(scope),
        known_(known),
        believed_(believe(std::move(observed), known)),
        device_(*believed_.device),
        id_(device_.netns, device_.name) {}

  DeviceStep run() {
    step_.judged.device = step_.change.last = believed_.device;
    step_.change.id = id_;
    Reading reading = read();
    std::ranges::move(device_events(device_, known_, scope_.baseline),
                      std::back_inserter(scope_.events));
    judge_peers(reading);
    judge_missing(reading);
    return std::move(step_);
  }

 private:
  Reading read();
  void judge_peers(const Reading& reading);
  PeerStatus judge_peer(const Reading& reading, const PeerMemory* known, const Peer& peer);
  void judge_absent_peer(const Reading& reading, const PeerMemory& known);
  BootTime missing_since(const Key& key) const;
  void judge_missing(const Reading& reading);
  const Departed* departed(const Key& key);
  const Policy& policy_of(const Record* record, Policy& own) const;
  void tell_step(const Key& key, bool first_sight, const PeerMemory& memory, PeerStep& step);
  void tell(Action action, const Key& key, std::vector<Fact> facts = {});

  const PollScope& scope_;
  const DeviceMemory* known_;
  Believed believed_;
  const Device& device_;
  DeviceId id_;
  DeviceStep step_;
};

Reading DevicePass::read() {
  Reading reading{.device = device_,
                  .shown = believed_.shown ? &*believed_.shown : nullptr,
                  .observed_wall = scope_.now.wall - (scope_.now.boot - device_.observed_at),
                  .complete_before = std::nullopt,
                  .peer_set_equal = false,
                  .settle = scope_.context.settle,
                  .poll_interval = scope_.context.poll_interval};
  Delta::DeviceChange& change = step_.change;
  if (known_ != nullptr) {
    reading.complete_before = change.complete_at = known_->complete_at;
    change.peer_set = known_->peer_set;
  }
  if (reading.complete()) {
    const std::uint64_t hash = hash_of(device_.peers);
    reading.peer_set_equal = change.complete_at && change.peer_set == hash;
    change.complete_at = device_.observed_at;
    change.peer_set = hash;
  }
  return reading;
}

// Both sorted by key: one walk.
void DevicePass::judge_peers(const Reading& reading) {
  static const std::vector<PeerMemory> kNone;
  const auto& memories = known_ != nullptr ? known_->peers : kNone;
  auto memory = memories.begin();
  step_.judged.peers.reserve(device_.peers.size());
  for (const Peer& peer : device_.peers) {
    while (memory != memories.end() && memory->public_key < peer.public_key) {
      judge_absent_peer(reading, *memory++);
    }
    const bool both = memory != memories.end() && memory->public_key == peer.public_key;
    step_.judged.peers.push_back(judge_peer(reading, both ? &*memory++ : nullptr, peer));
  }
  while (memory != memories.end()) judge_absent_peer(reading, *memory++);
}

PeerStatus DevicePass::judge_peer(const Reading& reading, const PeerMemory* known,
                                  const Peer& peer) {
  const Record* record = scope_.context.inventory->find(peer.public_key);
  Policy own;
  const Policy& policy = policy_of(record, own);
  PeerStep step;
  if (known == nullptr || !is_unchanged(*known, peer, reading, policy.session_timeout)) {
    step = track_peer(known, known == nullptr ? departed(peer.public_key) : nullptr, peer, reading,
                      policy.session_timeout);
  }
  assert(step.changed || known != nullptr);
  const PeerMemory& memory = step.changed ? *step.changed : *known;
  if (reading.shows(peer.public_key)) {
    evaluate_peer(
        {device_, peer, memory, record, policy, key_state(record, scope_.now), step.new_handshake},
        scope_.verdict);
  } else {
    scope_.unjudged.peers.emplace(id_, peer.public_key);
  }
  if (step.changed) tell_step(peer.public_key, known == nullptr, memory, step);
  const PeerStatus status{record, memory.first_seen, memory.session_up, memory.sessions,
                          memory.endpoint_changes};
  if (step.changed) step_.change.changed.push_back(*std::move(step.changed));
  return status;
}

void DevicePass::judge_absent_peer(const Reading& reading, const PeerMemory& known) {
  AbsenceStep step = track_absence(known, reading);
  if (!step.removed) {
    scope_.unjudged.peers.emplace(id_, known.public_key);
    if (step.changed) step_.change.changed.push_back(*std::move(step.changed));
    return;
  }
  if (known.session_up) tell(Action::session_ended, known.public_key);
  tell(Action::peer_removed, known.public_key);
  step_.change.removed.push_back(known.public_key);
  remember_departed(id_, known, *scope_.context.inventory, scope_.delta);
}

// Since when the key has been absent, by what is known of it.
BootTime DevicePass::missing_since(const Key& key) const {
  if (known_ == nullptr) return device_.observed_at;
  const auto missing = std::ranges::lower_bound(known_->missing, key, {}, &MissingKey::public_key);
  if (missing != known_->missing.end() && missing->public_key == key) return missing->since;
  const auto peer = std::ranges::lower_bound(known_->peers, key, {}, &PeerMemory::public_key);
  const bool known = peer != known_->peers.end() && peer->public_key == key;
  return known ? peer->absent_since.value_or(device_.observed_at) : device_.observed_at;
}

void DevicePass::judge_missing(const Reading& reading) {
  const auto expected = scope_.context.expected.find(id_);
  if (expected == scope_.context.expected.end()) return;
  auto peer = device_.peers.begin();
  for (const Record* record : expected->second) {
    while (peer != device_.peers.end() && peer->public_key < record->public_key) ++peer;
    if (peer != device_.peers.end() && peer->public_key == record->public_key) continue;
    const BootTime since = missing_since(record->public_key);
    step_.change.missing.push_back({record->public_key, since});
    if (reading.complete() && reading.settled(since)) {
      evaluate_missing(device_, *record, scope_.verdict);
    } else {
      scope_.unjudged.missing.emplace(id_, record->public_key);
    }
  }
}

// What is remembered of a key that comes back; it is no longer departed then.
const Departed* DevicePass::departed(const Key& key) {
  const auto found = scope_.departed.find({id_, key});
  if (found == scope_.departed.end()) return nullptr;
  scope_.delta.returned.push_back(found->first);
  return &found->second;
}

// `own` holds the policy of a record that has one of its own.
const Policy& DevicePass::policy_of(const Record* record, Policy& own) const {
  const JudgeContext& context = scope_.context;
  if (record == nullptr) return context.policies.front();
  if (record->policy != Record::kNone) return own = context.inventory->resolve(record);
  return context.policies[record->role == Record::kNone ? 0 : record->role + 1];
}

void DevicePass::tell_step(const Key& key, bool first_sight, const PeerMemory& memory,
                           PeerStep& step) {
  if (first_sight && !scope_.baseline) tell(Action::peer_added, key);
  if (!first_sight && !step.facts.empty()) {
    tell(Action::peer_changed, key, std::move(step.facts));
  }
  if (step.endpoint_moved) {
    tell(Action::endpoint_changed, key, {{"endpoint", to_string(memory.endpoint)}});
  }
  // A session that runs at the baseline has no start event (SPEC §6).
  if (step.session_started && !scope_.baseline) {
    tell(Action::session_started, key, {{"endpoint", to_string(memory.endpoint)}});
  }
  if (step.session_ended) tell(Action::session_ended, key);
}

void DevicePass::tell(Action action, const Key& key, std::vector<Fact> facts) {
  scope_.events.push_back(
      peer_event(action, device_, key, *scope_.context.inventory, std::move(facts)));
}

}  // namespace

void remember_departed(const DeviceId& id, const PeerMemory& peer, const Inventory& inventory,
                       Delta& delta) {
  if (!peer.last_handshake_known() || inventory.find(peer.public_key) == nullptr) return;
  delta.departed.push_back(
      {{id, peer.public_key}, {peer.last_handshake, peer.last_handshake_boot}});
}

DeviceStep judge_device(const PollScope& scope, Device&& observed, const DeviceMemory* known) {
  return DevicePass(scope, std::move(observed), known).run();
}

}  // namespace wgaudit
