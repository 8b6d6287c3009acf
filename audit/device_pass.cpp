#include "audit/device_pass.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "audit/device_events.hpp"
#include "audit/merge.hpp"
#include "audit/peer_events.hpp"
#include "audit/track.hpp"
#include "audit/traffic.hpp"

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
  DevicePass(const PollScope& scope, Device&& observed, const DeviceMemory* known,
             const DeviceId& known_id)
      : scope_(scope),
        known_(known),
        believed_(believe(std::move(observed), known)),
        device_(*believed_.device),
        id_(device_.netns, device_.name),
        reading_(read()),
        watches_traffic_(scope.context.rule_settings->enabled_for_anybody(RuleId::traffic_anomaly)),
        events_(scope, id_, device_, reading_, known),
        absences_(known, reading_),
        case_{device_, known, *step_.change.prefix_index, absences_, reading_.watched_since} {
    tell_device(scope, known_id, known, reading_, step_.change, events_);
  }

  DeviceStep run() {
    step_.judged.device = step_.change.last = believed_.device;
    step_.change.id = id_;
    judge_peers();
    events_.tell_moves();
    events_.tell_rotations(step_.change.changed);
    evaluate_missing(case_, scope_.verdict);
    evaluate_overlaps(case_, scope_.verdict);
    if (scope_.context.inventory_health.configured) evaluate_interface(device_, scope_.verdict);
    evaluate_forwarding(case_, scope_.verdict);
    step_.change.absences = absences_.take();
    return std::move(step_);
  }

 private:
  Reading read();
  void judge_peers();
  PeerStatus judge_peer(const PeerMemory* known, const SeenPeer& seen);
  void judge_absent_peer(const PeerMemory& known);
  const Departed* departed(const Key& key);
  const Policy& policy_of(const Record* record, Policy& own) const;

  const PollScope& scope_;
  const DeviceMemory* known_;
  Believed believed_;
  const Device& device_;
  DeviceId id_;
  DeviceStep step_;
  Reading reading_;
  bool watches_traffic_;
  PeerEvents events_;
  Absences absences_;
  DeviceCase case_;
};

// Longer than this without a reading is a gap: what happened in it was not observed.
Duration gap_of(const DeviceMemory* known, const Device& device, Duration poll_interval) {
  constexpr Duration kLeast = std::chrono::seconds{30};
  if (known == nullptr) return {};
  const Duration since = device.observed_at - known->last->observed_at;
  return since > std::max(kLeast, 3 * poll_interval) ? since : Duration{};
}

std::optional<WallTime> observed_after(const PollScope& scope, const DeviceMemory* known) {
  if (known == nullptr) return std::nullopt;
  return scope.now.wall - (scope.now.boot - known->last->observed_at);
}

Reading DevicePass::read() {
  Reading reading{.device = device_,
                  .shown = believed_.shown ? &*believed_.shown : nullptr,
                  .before = known_ != nullptr ? known_->last.get() : nullptr,
                  .observed_wall = scope_.now.wall - (scope_.now.boot - device_.observed_at),
                  .observed_after = observed_after(scope_, known_),
                  .complete_before = std::nullopt,
                  .peer_set_equal = false,
                  .rebooted = scope_.rebooted(),
                  .gap = gap_of(known_, device_, scope_.context.poll_interval),
                  .watched_since = device_.observed_at,
                  .settle = scope_.context.settle,
                  .poll_interval = scope_.context.poll_interval};
  Delta::DeviceChange& change = step_.change;
  change.prefix_index = known_ != nullptr
                            ? index_prefixes(device_, known_->last.get(), known_->prefix_index)
                            : index_prefixes(device_, nullptr, nullptr);
  if (known_ != nullptr) {
    reading.complete_before = change.complete_at = known_->complete_at;
    change.peer_set = known_->peer_set;
  }
  if (known_ != nullptr && known_->watched_since && reading.gap == Duration{0}) {
    reading.watched_since = *known_->watched_since;
  }
  change.watched_since = reading.watched_since;
  if (reading.complete()) {
    const std::uint64_t hash = hash_of(device_.peers);
    reading.peer_set_equal = change.complete_at && change.peer_set == hash;
    change.complete_at = device_.observed_at;
    change.peer_set = hash;
  }
  return reading;
}

// What the device has, had, and what is known of it, all by key: one walk.
void DevicePass::judge_peers() {
  static const std::vector<PeerMemory> kNone;
  static const std::vector<Peer> kNoPeers;
  const auto& earlier = reading_.before != nullptr ? reading_.before->peers : kNoPeers;
  auto before = earlier.begin();
  const auto& memories = known_ != nullptr ? known_->peers : kNone;
  auto memory = memories.begin();
  step_.judged.peers.reserve(device_.peers.size());
  for (const Peer& peer : device_.peers) {
    while (memory != memories.end() && memory->public_key < peer.public_key) {
      judge_absent_peer(*memory++);
    }
    while (before != earlier.end() && before->public_key < peer.public_key) ++before;
    const bool had = before != earlier.end() && before->public_key == peer.public_key;
    const bool both = memory != memories.end() && memory->public_key == peer.public_key;
    step_.judged.peers.push_back(
        judge_peer(both ? &*memory++ : nullptr, {peer, had ? &*before : nullptr}));
  }
  while (memory != memories.end()) judge_absent_peer(*memory++);
}

PeerStatus DevicePass::judge_peer(const PeerMemory* known, const SeenPeer& seen) {
  const Peer& peer = seen.now;
  const Record* record = scope_.context.inventory->find(peer.public_key);
  Policy own;
  const Policy& policy = policy_of(record, own);
  PeerStep step;
  if (known == nullptr || !is_unchanged(*known, seen, reading_, policy.session_timeout)) {
    step = track_peer(known, known == nullptr ? departed(peer.public_key) : nullptr, seen, reading_,
                      policy.session_timeout);
    if (step.changed) events_.tell(known, step);
  }
  if (watches_traffic_) follow_traffic(known, seen, reading_, policy.traffic_floor, step);
  assert(step.changed || known != nullptr);
  const PeerMemory& memory = step.changed ? *step.changed : *known;
  if (reading_.shows(peer.public_key)) {
    evaluate_peer(
        {case_, peer, memory, record, policy, key_state(record, scope_.now), step.new_handshake},
        scope_.verdict);
  } else {
    scope_.unjudged.peers.emplace(id_, peer.public_key);
  }
  PeerStatus status{record, memory.learned.first_seen, memory.session_up(), 0, 0};
  if (known != nullptr) {  // committed values alone
    status.sessions = known->told.sessions;
    status.endpoint_changes = known->told.endpoint_changes;
  }
  if (step.changed) step_.change.changed.push_back({*std::move(step.changed), step.tells});
  return status;
}

void DevicePass::judge_absent_peer(const PeerMemory& known) {
  const Peer* before =
      reading_.before != nullptr ? reading_.before->find(known.public_key) : nullptr;
  AbsenceStep step = track_absence(known, before, reading_);
  if (known.is_told && reading_.rebooted && known.session_up()) {
    if (!step.changed) step.changed = known;
    events_.tell_ended_with(*step.changed, "reboot");
  }
  if (!step.removed) {
    scope_.unjudged.peers.emplace(id_, known.public_key);
    const bool tells = step.changed && !(step.changed->told == known.told);
    if (step.changed) step_.change.changed.push_back({*std::move(step.changed), tells});
    return;
  }
  step_.change.removed.push_back(known.public_key);
  if (known.is_told) events_.tell_removed(step.changed.value_or(known));
}

// What is remembered of a key that comes back; it is no longer departed then.
const Departed* DevicePass::departed(const Key& key) {
  const auto found = scope_.memory.departed.find({id_, key});
  if (found == scope_.memory.departed.end()) return nullptr;
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

}  // namespace

DeviceStep judge_device(const PollScope& scope, Device&& observed, const DeviceMemory* known,
                        const DeviceId& known_id) {
  return DevicePass(scope, std::move(observed), known, known_id).run();
}

}  // namespace wgaudit
