#include "audit/memory.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace wgaudit {
namespace {

using PeerChange = Delta::PeerChange;

// The device as the poll before had it, and as this one has it.
struct Readings {
  const Device* before;  // null: there was none
  const Device* now;
};

// A peer that is not there has no counters: they are as if at zero.
const Peer& peer_of(const Device* device, const Key& key) {
  static const Peer kAbsent{};
  const Peer* peer = device != nullptr ? device->find(key) : nullptr;
  return peer != nullptr ? *peer : kAbsent;
}

// A poll ended the session, and no commit tells of that: it goes on, with the bytes that it had.
// The counters may have been set to zero, and be another session's by now.
void keep_session(PeerLearned& learned, const PeerMemory& known, const Readings& readings) {
  const Peer& before = peer_of(readings.before, known.public_key);
  const Peer& now = peer_of(readings.now, known.public_key);
  const PeerLearned& had = known.learned;
  learned.session_received_base =
      now.received_bytes - (before.received_bytes - had.session_received_base);
  learned.session_sent_base = now.sent_bytes - (before.sent_bytes - had.session_sent_base);
  learned.session_unobserved = had.session_unobserved;
}

// One poll without a commit: what tells stays as it is.
PeerMemory learned_of(const PeerMemory* known, PeerChange&& change, const Readings& readings) {
  PeerMemory peer = std::move(change.peer);
  if (known != nullptr && known->is_told) {
    if (known->told.session && known->told.session != peer.told.session) {
      keep_session(peer.learned, *known, readings);
    }
    peer.told = known->told;
    peer.is_told = true;
  } else {
    peer.told = {};
    peer.is_told = false;
  }
  return peer;
}

PeerMemory committed_of(PeerChange&& change) {
  change.peer.is_told = change.peer.is_told || change.tells;
  return std::move(change.peer);
}

// Both sorted by key: one pass, so that 10,000 changes among 10,000 peers stay cheap.
void change_peers(std::vector<PeerMemory>& peers, std::vector<PeerChange> changed, bool committed,
                  const Readings& readings) {
  if (changed.empty()) return;
  std::vector<PeerMemory> merged;
  merged.reserve(peers.size() + changed.size());
  auto old = peers.begin();
  for (PeerChange& change : changed) {
    while (old != peers.end() && old->public_key < change.peer.public_key) {
      merged.push_back(std::move(*old++));
    }
    const PeerMemory* known =
        old != peers.end() && old->public_key == change.peer.public_key ? &*old++ : nullptr;
    merged.push_back(committed ? committed_of(std::move(change))
                               : learned_of(known, std::move(change), readings));
  }
  std::move(old, peers.end(), std::back_inserter(merged));
  peers = std::move(merged);
}

void remove_peers(std::vector<PeerMemory>& peers, const std::vector<Key>& removed, bool committed) {
  if (removed.empty()) return;
  std::erase_if(peers, [&](const PeerMemory& peer) {
    return (committed || !peer.is_told) && std::ranges::binary_search(removed, peer.public_key);
  });
}

void change_device(DeviceMemory& device, Delta::DeviceChange&& change, bool committed) {
  if (committed) {
    // One that was seen while the disk was full and is gone by now was never told of.
    device.is_told = device.is_told || change.told;
    if (change.told) device.told = *change.told;
    device.read_in_run = device.read_in_run || change.complete_at;
  }
  const auto before = std::exchange(device.last, std::move(change.last));
  device.absent_since = change.absent_since;
  device.key_absent_since = change.key_absent_since;
  device.complete_at = change.complete_at;
  device.watched_since = change.watched_since;
  device.peer_set = change.peer_set;
  device.absences = std::move(change.absences);
  device.prefix_index = std::move(change.prefix_index);
  change_peers(device.peers, std::move(change.changed), committed,
               {before.get(), device.last.get()});
  remove_peers(device.peers, change.removed, committed);
}

// The base of a session that began with this counter, by the counter of now: less, it was set to
// zero since.
std::uint64_t base_since(std::uint64_t start, std::uint64_t now) { return now < start ? 0 : start; }

// What a commit that took long told of a peer; `now` is what the last poll shows of it. The base of
// a session is that of its start.
void confirm_peer(PeerMemory& peer, PeerMemory&& told, const Peer& now) {
  if (told.told.session && told.told.session != peer.told.session) {
    peer.learned.session_received_base =
        base_since(told.learned.session_received_base, now.received_bytes);
    peer.learned.session_sent_base = base_since(told.learned.session_sent_base, now.sent_bytes);
    peer.learned.session_unobserved = told.learned.session_unobserved;
  }
  peer.told = std::move(told.told);
  peer.is_told = true;
}

// Polls went on while it was committed: what they learned is newer than what it knows.
void confirm_device(DeviceMemory& device, Delta::DeviceChange&& change) {
  device.is_told = device.is_told || change.told;
  if (change.told) device.told = *change.told;
  device.read_in_run = device.read_in_run || change.complete_at;
  std::vector<PeerMemory> unseen;  // since
  auto known = device.peers.begin();
  for (auto& [peer, tells] : change.changed) {
    if (!tells) continue;
    while (known != device.peers.end() && known->public_key < peer.public_key) ++known;
    if (known != device.peers.end() && known->public_key == peer.public_key) {
      confirm_peer(*known, std::move(peer), peer_of(device.last.get(), peer.public_key));
    } else {
      peer.is_told = true;
      const Peer& then = peer_of(change.last.get(), peer.public_key);
      peer.learned.session_received_base -= then.received_bytes;
      peer.learned.session_sent_base -= then.sent_bytes;
      unseen.push_back(std::move(peer));
    }
  }
  const auto middle = device.peers.insert(device.peers.end(), unseen.begin(), unseen.end());
  std::ranges::inplace_merge(device.peers, middle, {}, &PeerMemory::public_key);
  remove_peers(device.peers, change.removed, true);
}

// What polls saw since is not known: absences settle anew.
void forget_absences(DeviceMemory& device) {
  device.absent_since = device.key_absent_since = device.complete_at = std::nullopt;
  device.peer_set = 0;
  device.absences.clear();
  for (PeerMemory& peer : device.peers) peer.pending = {};
}

}  // namespace

std::string_view to_string(BaselineReason reason) {
  switch (reason) {
    case BaselineReason::first_run:
      return "first_run";
    case BaselineReason::state_lost:
      return "state_lost";
    case BaselineReason::state_rolled_back:
      return "state_rolled_back";
    case BaselineReason::state_corrupt:
      return "state_corrupt";
  }
  return "?";
}

void Memory::observe(const Delta& delta) {
  failures = delta.failures;
  absent_interfaces = delta.absent_interfaces;
  sources = delta.sources;
  for (const auto& [rule, severity] : delta.opened) ++opened_total.at(rule, severity);
  ++polls;
}

void Memory::apply(Delta delta) {
  for (auto& [from, to] : delta.renamed) {
    auto node = devices.extract(from);
    if (node.empty()) continue;
    // Of a commit that took long: what was seen under the name since is not told of.
    const auto seen = devices.find(to);
    if (seen != devices.end() && !seen->second.is_told) devices.erase(seen);
    node.key() = to;
    devices.insert(std::move(node));
  }
  for (const auto& id : delta.removed_devices) devices.erase(id);
  const bool late = polls > delta.poll;
  for (auto& change : delta.devices) {
    DeviceMemory& device = devices[change.id];
    const bool newer = device.last && device.last->observed_at >= change.last->observed_at;
    if (late && newer) {
      confirm_device(device, std::move(change));
    } else {
      change_device(device, std::move(change), true);
      if (late) forget_absences(device);
    }
  }
  for (const auto& id : delta.returned) departed.erase(id);
  for (auto& [id, last] : delta.departed) departed.insert_or_assign(std::move(id), last);
  findings = std::move(delta.findings);
  std::erase_if(unannounced, [&](const auto& noticed) {
    return !late || std::ranges::binary_search(findings, noticed.first, {}, &Finding::identity);
  });
  program = std::move(delta.program);
  if (delta.inventory != nullptr) inventory = std::move(delta.inventory);
  started = true;
}

void Memory::learn(Delta delta) {
  // A device under a name that is not told of stays under the old one.
  std::set<DeviceId> unknown_names;
  for (auto& [from, to] : delta.renamed) unknown_names.insert(std::move(to));
  for (const auto& id : delta.removed_devices) {
    const auto found = devices.find(id);
    if (found == devices.end()) continue;
    if (!found->second.is_told) {
      devices.erase(found);
    } else {
      unknown_names.insert(id);  // another device has its name
    }
  }
  for (auto& change : delta.devices) {
    if (unknown_names.contains(change.id)) continue;
    change_device(devices[change.id], std::move(change), false);
  }
  std::map<FindingIdentity, WallTime> waiting;
  for (const Finding& finding : delta.findings) {
    if (std::ranges::binary_search(delta.announced, finding.identity)) {
      waiting.emplace(finding.identity, finding.since);
    }
  }
  unannounced = std::move(waiting);
  if (!delta.clock_stepped) program.clock_offset = delta.program.clock_offset;
}

void Memory::adopt_run(Memory&& before) {
  polls = before.polls;
  unannounced = std::move(before.unannounced);
  failures = std::move(before.failures);
  absent_interfaces = std::move(before.absent_interfaces);
  sources = std::move(before.sources);
  opened_total = before.opened_total;
}

void show_committed(View& view, const Memory& memory) {
  view.committed = true;
  for (JudgedDevice& judged : view.devices) {
    const auto device = memory.devices.find({judged.device->netns, judged.device->name});
    if (device == memory.devices.end()) continue;
    auto known = device->second.peers.begin();
    const auto end = device->second.peers.end();
    for (std::size_t i = 0; i < judged.peers.size(); ++i) {
      const Key& key = judged.device->peers[i].public_key;
      while (known != end && known->public_key < key) ++known;
      if (known == end || known->public_key != key) continue;
      judged.peers[i].sessions = known->told.sessions;
      judged.peers[i].endpoint_changes = known->told.endpoint_changes;
    }
  }
}

void carry_over(Memory& memory, const Now& now) {
  if (memory.program.boot_id == now.boot_id) return;
  const auto moved = [&](WallTime time) {
    return now.boot - std::max(Duration{0}, now.wall - time);
  };
  for (auto& [id, device] : memory.devices) {
    auto last = std::make_shared<Device>(*device.last);
    last->observed_at = moved(memory.alive_before.value_or(now.wall));
    device.last = std::move(last);
    for (PeerMemory& peer : device.peers) {
      peer.learned.first_seen_boot = moved(peer.learned.first_seen);
      if (peer.last_handshake_known()) {
        peer.learned.last_handshake_boot = moved(peer.learned.last_handshake);
      }
      peer.told.session_throttle = peer.told.endpoint_throttle = {};
      peer.told.suppressed.first_boot = now.boot;
    }
  }
  for (auto& [id, departed] : memory.departed) {
    departed.last_handshake_boot = moved(departed.last_handshake);
  }
  memory.program.heartbeat_at = now.boot;
  memory.program.clock_offset = now.wall.time_since_epoch() - now.boot.time_since_epoch();
}

}  // namespace wgaudit
