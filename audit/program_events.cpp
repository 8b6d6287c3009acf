#include "audit/program_events.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "audit/inventory_diff.hpp"

namespace wgaudit {
namespace {

constexpr Duration kClockTolerance = std::chrono::seconds{2};
constexpr Duration kHeartbeat = std::chrono::hours{1};
constexpr std::uint32_t kSlotsOfDay = 24;  // a heartbeat each
constexpr std::size_t kProblemsShown = 10;

std::uint64_t whole_seconds(Duration duration) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::max(duration, Duration{0})).count());
}

void add_inventory(Event& event, const Inventory& inventory) {
  add_text(event, Field::inventory_path, inventory.path);
  add_text(event, Field::inventory_sha256, inventory.sha256);
  add_number(event, Field::inventory_records, inventory.records.size());
}

void add_problems(Event& event, const std::vector<Problem>& problems) {
  std::vector<std::string> texts;
  for (const Problem& problem : problems) {
    if (texts.size() == kProblemsShown) break;
    if (problem.severity == Problem::Severity::error) texts.push_back(to_string(problem));
  }
  event.facts.push_back({Field::inventory_problems, std::move(texts)});
  add_number(event, Field::inventory_problem_count, problems.size());
}

// The names of the rules that are open for each peer that has any.
class OpenFindings {
 public:
  explicit OpenFindings(const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) {
      if (!finding.identity.public_key || finding.accepted) continue;
      auto& names = by_key_[*finding.identity.public_key];
      names.push_back({&finding, std::string(rule_info(finding.identity.rule).name)});
    }
  }
  [[nodiscard]] std::vector<std::string> of(const DeviceId& id, const Key& key) const {
    std::vector<std::string> names;
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return names;
    for (const auto& [finding, name] : found->second) {
      const bool here =
          finding->identity.netns == id.first && finding->identity.interface == id.second;
      if (here && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    return names;
  }

 private:
  std::unordered_map<Key, std::vector<std::pair<const Finding*, std::string>>, KeyHash> by_key_;
};

// A device with the peers that are told of once this poll is committed.
struct ToldDevice {
  DeviceTold told;
  BootTime observed_at{};
  std::map<Key, const PeerMemory*> peers;
};

std::map<DeviceId, ToldDevice> told_devices(const Memory& memory, const Delta& delta) {
  std::map<DeviceId, ToldDevice> devices;
  for (const auto& [id, known] : memory.devices) {
    if (!known.is_told) continue;
    ToldDevice& device = devices[id];
    device = {known.told, known.last->observed_at, {}};
    for (const PeerMemory& peer : known.peers) {
      if (peer.is_told) device.peers.emplace(peer.public_key, &peer);
    }
  }
  for (const auto& [from, to] : delta.renamed) {
    auto node = devices.extract(from);
    if (node.empty()) continue;
    node.key() = to;
    devices.insert(std::move(node));
  }
  for (const DeviceId& id : delta.removed_devices) devices.erase(id);
  for (const Delta::DeviceChange& change : delta.devices) {
    ToldDevice& device = devices[change.id];
    if (change.told) device.told = *change.told;
    device.observed_at = change.last->observed_at;
    for (const auto& [peer, tells] : change.changed) {
      if (tells || peer.is_told) device.peers.insert_or_assign(peer.public_key, &peer);
    }
    for (const Key& key : change.removed) device.peers.erase(key);
  }
  return devices;
}

}  // namespace

void ProgramEvents::tell_begin(bool all_readable) {
  delta.program.boot_id = now.boot_id;
  if (!memory.started) tell_started();
  if (!memory.program.baseline && all_readable) {
    Event event = make_event(Action::baseline_established, now.wall);
    if (memory.baseline_reason == BaselineReason::first_run) {
      event.severity = Severity::info;
    } else {
      event.kind = EventKind::alert;
    }
    add_text(event, Field::event_reason, to_string(memory.baseline_reason));
    teller.tell(std::move(event));
    delta.program.baseline = true;
  }
  tell_clock();
  tell_inventory();
}

void ProgramEvents::tell_started() {
  Event event = make_event(Action::exporter_started, now.wall);
  if (memory.alive_before) {
    event.observed_after = memory.alive_before;
    event.facts.push_back({Field::clean_shutdown, memory.program.clean_stop});
    add_number(event, Field::down_seconds, whole_seconds(now.wall - *memory.alive_before));
  }
  teller.tell(std::move(event));
  delta.program.clean_stop = false;
  delta.program.heartbeat_at = now.boot;
}

// What moved is the wall clock: CLOCK_BOOTTIME does not step.
void ProgramEvents::tell_clock() {
  const Duration offset = now.wall.time_since_epoch() - now.boot.time_since_epoch();
  delta.program.clock_offset = offset;
  const bool known = memory.program.baseline && memory.program.boot_id == now.boot_id;
  const Duration step = offset - memory.program.clock_offset;
  if (!known || std::chrono::abs(step) <= kClockTolerance) return;
  Event event = make_event(Action::clock_stepped, now.wall);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(step).count();
  event.facts.push_back({Field::clock_step_milliseconds, std::int64_t{milliseconds}});
  teller.tell(std::move(event));
  delta.clock_stepped = true;
}

void ProgramEvents::tell_inventory() {
  const InventoryHealth& health = context.inventory_health;
  if (!health.configured) return;
  const bool good_again = !memory.program.inventory_rejected.empty() && health.rejected.empty();
  if (context.inventory->sha256 != memory.program.inventory_sha256 || good_again) tell_loaded();
  delta.program.inventory_rejected = health.rejected;
  if (!health.rejected.empty() && health.rejected != memory.program.inventory_rejected) {
    tell_rejected();
  }
}

void ProgramEvents::tell_loaded() {
  InventoryChange change = inventory_events(memory.inventory.get(), *context.inventory, now.wall,
                                            memory.program.baseline && !memory.started);
  Event event = make_event(Action::inventory_loaded, now.wall);
  add_inventory(event, *context.inventory);
  add_number(event, Field::inventory_records_added, change.added);
  add_number(event, Field::inventory_records_removed, change.removed);
  add_number(event, Field::inventory_records_changed, change.changed);
  teller.tell(std::move(event));
  for (Event& record : change.events) teller.tell(std::move(record));
  delta.program.inventory_sha256 = context.inventory->sha256;
  delta.inventory = context.inventory;
}

void ProgramEvents::tell_rejected() {
  Event event = make_event(Action::inventory_rejected, now.wall);
  add_inventory(event, *context.inventory);
  add_problems(event, context.inventory_health.problems);
  teller.tell(std::move(event));
}

void ProgramEvents::tell_end(const View& view, const OutboxStatus& outbox) {
  tell_lost(outbox);
  if (context.settle == Duration{0}) return;  // an audit of one poll: nobody listens
  if (!memory.program.baseline && delta.program.baseline) {
    tell_snapshots(view, 0, 1);
    return;
  }
  if (!memory.started || now.boot - memory.program.heartbeat_at < kHeartbeat) return;
  Event event = make_event(Action::heartbeat, now.wall);
  add_number(event, Field::last_sequence, delta.program.sequence);
  teller.tell(std::move(event));
  delta.program.heartbeat_at = now.boot;
  delta.program.snapshot_slot = (memory.program.snapshot_slot + 1) % kSlotsOfDay;
  tell_snapshots(view, delta.program.snapshot_slot, kSlotsOfDay);
}

void ProgramEvents::tell_lost(const OutboxStatus& outbox) {
  if (outbox.drop_through == 0) return;
  delta.drop_through = outbox.drop_through;
  for (const OutboxStatus::Sink& sink : outbox.sinks) {
    if (sink.delivered >= outbox.drop_through) continue;
    const std::uint64_t first = std::max(sink.delivered + 1, outbox.first);
    Event event = make_event(Action::events_lost, now.wall);
    add_number(event, Field::lost_first, first);
    add_number(event, Field::lost_last, outbox.drop_through);
    event.facts.push_back({Field::lost_sinks, std::vector{sink.name}});
    teller.tell(std::move(event));
  }
}

// What is told of, and not what this poll shows: an absence that is not believed yet is none here.
void ProgramEvents::tell_snapshots(const View& view, std::uint32_t slot, std::uint32_t slots) {
  const OpenFindings open(view.findings);
  for (const auto& [id, device] : told_devices(memory, delta)) {
    const WallTime at = now.wall - (now.boot - device.observed_at);
    for (const auto& [key, peer] : device.peers) {
      // The low bits: the head of a key orders, and gives the slots to neighbours.
      if (key.bytes.back() % slots != slot) continue;
      Event event =
          peer_event(Action::state_snapshot, id, device.told, at, key, *context.inventory);
      if (slots == 1) event.facts.push_back({Field::snapshot_initial, true});
      add_configuration(event, peer->told);
      if (peer->last_handshake_known()) {
        event.facts.push_back({Field::peer_last_handshake, peer->learned.last_handshake});
      }
      event.facts.push_back({Field::peer_session_up, peer->session_up()});
      event.facts.push_back({Field::open_findings, open.of(id, key)});
      add_source(event, peer->told.endpoint);
      teller.tell(std::move(event));
    }
  }
}

Step judge_stop(const Memory& memory, const Now& now, std::string_view reason) {
  Step step;
  Delta& delta = step.delta;
  delta.poll = memory.polls + 1;
  delta.program = memory.program;
  Event event = make_event(Action::exporter_stopped, now.wall);
  add_text(event, Field::event_reason, reason);
  add_number(event, Field::last_sequence, memory.program.sequence);
  Teller(delta.program, step.events).tell(std::move(event));
  delta.program.clean_stop = true;
  delta.findings = memory.findings;
  delta.failures = memory.failures;
  delta.sources = memory.sources;
  return step;
}

}  // namespace wgaudit
