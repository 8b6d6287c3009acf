#include "audit/program_events.hpp"

#include <algorithm>
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
  [[nodiscard]] std::vector<std::string> of(const Device& device, const Key& key) const {
    std::vector<std::string> names;
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return names;
    for (const auto& [finding, name] : found->second) {
      const bool here =
          finding->identity.netns == device.netns && finding->identity.interface == device.name;
      if (here && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    return names;
  }

 private:
  std::unordered_map<Key, std::vector<std::pair<const Finding*, std::string>>, KeyHash> by_key_;
};

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
  std::uint64_t delivered = outbox.drop_through;
  std::vector<std::string> sinks;
  for (const OutboxStatus::Sink& sink : outbox.sinks) {
    if (sink.delivered >= outbox.drop_through) continue;
    delivered = std::min(delivered, sink.delivered);
    sinks.push_back(sink.name);
  }
  if (sinks.empty()) return;
  Event event = make_event(Action::events_lost, now.wall);
  add_number(event, Field::lost_first, std::max(delivered + 1, outbox.first));
  add_number(event, Field::lost_last, outbox.drop_through);
  event.facts.push_back({Field::lost_sinks, std::move(sinks)});
  teller.tell(std::move(event));
}

void ProgramEvents::tell_snapshots(const View& view, std::uint32_t slot, std::uint32_t slots) {
  const OpenFindings open(view.findings);
  for (const JudgedDevice& judged : view.devices) {
    if (!judged.success) continue;
    const Device& device = *judged.device;
    const DeviceId id{device.netns, device.name};
    const DeviceTold told = told_of(device);
    const WallTime at = now.wall - (now.boot - device.observed_at);
    for (std::size_t i = 0; i < device.peers.size(); ++i) {
      const Peer& peer = device.peers[i];
      // The low bits: the head of a key orders, and gives the slots to neighbours.
      if (peer.public_key.bytes.back() % slots != slot) continue;
      Event event =
          peer_event(Action::state_snapshot, id, told, at, peer.public_key, *context.inventory);
      if (slots == 1) event.facts.push_back({Field::snapshot_initial, true});
      event.facts.push_back({Field::peer_allowed_ips, texts_of(device.prefixes_of(peer))});
      event.facts.push_back(
          {Field::peer_preshared_key_set, peer.preshared_key == PresharedKey::present});
      add_number(event, Field::peer_persistent_keepalive_seconds,
                 peer.persistent_keepalive_seconds);
      if (peer.has_handshake()) {
        event.facts.push_back({Field::peer_last_handshake, peer.last_handshake});
      }
      event.facts.push_back({Field::peer_session_up, judged.peers[i].session_up});
      event.facts.push_back({Field::open_findings, open.of(device, peer.public_key)});
      add_source(event, peer.endpoint);
      teller.tell(std::move(event));
    }
  }
}

Step judge_stop(const Memory& memory, const Now& now, std::string_view reason) {
  Step step;
  Delta& delta = step.delta;
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
