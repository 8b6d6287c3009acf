#include "audit/judge.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "audit/device_events.hpp"
#include "audit/device_pass.hpp"
#include "audit/evaluate.hpp"
#include "audit/gateway_pass.hpp"
#include "audit/health.hpp"
#include "audit/program_events.hpp"
#include "audit/reconcile.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {
namespace {

const SourceResult* source_of(const Observation& observation, CollectorKind collector,
                              const std::string& netns) {
  const auto found = std::ranges::find_if(observation.sources, [&](const SourceResult& source) {
    return source.collector == collector && source.netns == netns;
  });
  return found == observation.sources.end() ? nullptr : &*found;
}

// One link, by namespace and index, under another name. The kernel gives numbers of namespaces and
// links away again: in a namespace of another label it must have the same key, too.
bool same_link(const Device& device, const DeviceId& known_id, const DeviceMemory& known) {
  const DeviceTold before = known.is_told ? known.told : told_of(*known.last);
  const DeviceTold now = told_of(device);
  if (device.netns != known_id.first && (!now.public_key || now.public_key != before.public_key)) {
    return false;
  }
  return now.link_index && now.link_index == before.link_index && now.netns_inode != 0 &&
         now.netns_inode == before.netns_inode && now.netns_device == before.netns_device;
}

// One entry a name: where several directories hold it, all must have been read.
void fold_doubles(std::vector<InterfaceHealth>& sorted) {
  std::vector<InterfaceHealth> folded;
  for (InterfaceHealth& health : sorted) {
    const bool again = !folded.empty() && folded.back().collector == health.collector &&
                       folded.back().netns == health.netns && folded.back().name == health.name;
    if (again) {
      folded.back().success = folded.back().success && health.success;
    } else {
      folded.push_back(std::move(health));
    }
  }
  sorted = std::move(folded);
}

// One poll being judged. Reads Memory, fills a Step.
class Pass {
 public:
  Pass(const Memory& memory, Observation observation, const JudgeContext& context, const Now& now,
       const OutboxStatus& outbox)
      : memory_(memory),
        observation_(std::move(observation)),
        context_(context),
        now_(now),
        outbox_(outbox),
        before_(memory.findings),
        verdict_(context, now, before_),
        teller_(step_.delta.program, step_.events) {
    step_.delta.program = memory.program;
    step_.delta.poll = memory.polls + 1;
  }

  Step run() {
    ProgramEvents program({memory_, context_, now_, teller_, step_.delta});
    program.tell_begin(all_readable());
    find_renamed();
    for (Device& device : observation_.devices) judge_seen(std::move(device));
    for (const auto& [id, known] : memory_.devices) judge_unseen(id, known);
    judge_gateway(scope(), observation_, step_.view.devices);
    judge_health();
    evaluate_inventory(verdict_);
    evaluate_listeners(verdict_);
    judge_findings();
    program.tell_end(step_.view, outbox_);
    step_.delta.key_owners = key_owners({memory_, context_, now_, teller_, step_.delta});
    finish_view();
    return std::move(step_);
  }

 private:
  bool all_readable() const;
  void find_renamed();
  void judge_seen(Device&& observed);
  void judge_unseen(const DeviceId& id, const DeviceMemory& known);
  void judge_health();
  void judge_findings();
  void rename_findings(Reconciled& reconciled);
  void finish_view();

  PollScope scope() { return {memory_, context_, now_, verdict_, unjudged_, teller_, step_.delta}; }
  std::pair<DeviceId, const DeviceMemory*> known_device(const DeviceId& id) const;
  bool is_listed(const DeviceId& id, const DeviceMemory& known) const;
  bool is_gone(const DeviceId& id, const DeviceMemory& known) const;
  void keep_unread(const DeviceId& id, const DeviceMemory& known);
  void keep_memory(const DeviceId& id, const DeviceMemory& known,
                   std::optional<BootTime> absent_since);

  const Memory& memory_;
  Observation observation_;
  const JudgeContext& context_;
  const Now& now_;
  const OutboxStatus& outbox_;
  std::vector<Finding> before_;  // open before, under the names of now
  Verdict verdict_;
  Unjudged unjudged_;
  std::map<DeviceId, DeviceId> renamed_;  // new name → old
  std::set<DeviceId> seen_;               // names in Memory that were read in this poll
  Step step_;
  Teller teller_;
};

// What has failed for long does not hold up the rest.
bool Pass::all_readable() const {
  const bool failed = std::ranges::any_of(observation_.sources, [](const SourceResult& source) {
    return source.status == SourceStatus::failed;
  });
  return !failed || std::ranges::any_of(memory_.failures, [&](const auto& failure) {
    return now_.boot - failure.second.since >= context_.failing_after;
  });
}

void Pass::find_renamed() {
  if (scope().rebooted()) return;  // numbers of another boot
  const auto listed = [&](const DeviceId& id) {
    return std::ranges::any_of(observation_.devices,
                               [&](const Device& device) { return id_of(device) == id; });
  };
  for (const Device& device : observation_.devices) {
    if (memory_.devices.contains(id_of(device))) continue;
    for (const auto& [id, known] : memory_.devices) {
      if (listed(id) || !same_link(device, id, known)) continue;
      renamed_.emplace(id_of(device), id);
      step_.delta.renamed.emplace_back(id, id_of(device));
      for (Finding& finding : before_) {
        if (finding.identity.netns != id.first || finding.identity.interface != id.second) continue;
        finding.identity.netns = device.netns;
        finding.identity.interface = device.name;
      }
    }
  }
  if (renamed_.empty()) return;
  std::ranges::sort(before_, {}, &Finding::identity);
}

// By its name, or by the one that it had before it was renamed.
std::pair<DeviceId, const DeviceMemory*> Pass::known_device(const DeviceId& id) const {
  const auto renamed = renamed_.find(id);
  const DeviceId& known_id = renamed == renamed_.end() ? id : renamed->second;
  const auto found = memory_.devices.find(known_id);
  return {known_id, found == memory_.devices.end() ? nullptr : &found->second};
}

// Gone and back with another key is another interface (SPEC §2): the one before went, with its
// peers. Of one that nobody was told of nothing holds for another link.
bool is_another(const DeviceMemory& known, const Device& observed, bool rebooted) {
  if (!known.is_told) {
    const auto& before = known.last->link;
    return before && observed.link && before->index != observed.link->index;
  }
  return !rebooted && known.told.public_key && observed.public_key &&
         known.told.public_key != observed.public_key && is_made_anew(known, observed);
}

void Pass::judge_seen(Device&& observed) {
  const DeviceId id = id_of(observed);
  auto [known_id, known] = known_device(id);
  // What another collector has under the name does not stand in for a device that was not read.
  const bool stand_in = known != nullptr && known->last->collector != observed.collector;
  if (stand_in && !is_gone(id, *known)) return;
  if (known != nullptr) seen_.insert(known_id);
  if (known != nullptr && is_another(*known, observed, scope().rebooted())) {
    if (known->is_told) tell_device_removed(scope(), id, *known);
    step_.delta.removed_devices.push_back(id);
    known = nullptr;
  }
  DeviceStep device = judge_device(scope(), std::move(observed), known, known_id);
  step_.view.interfaces.push_back({device.judged.device->collector, id.first, id.second, true});
  step_.view.devices.push_back(std::move(device.judged));
  step_.delta.devices.push_back(std::move(device.change));
}

// Listed by its collector, and could not be read.
bool Pass::is_listed(const DeviceId& id, const DeviceMemory& known) const {
  return std::ranges::any_of(observation_.failures, [&](const DeviceFailure& failure) {
    return failure.netns == id.first && failure.name == id.second &&
           failure.collector == known.last->collector;
  });
}

// Whether its collector, which could list, did not list it. A failed source says nothing of its
// devices; a namespace that is no longer listed has no source.
bool Pass::is_gone(const DeviceId& id, const DeviceMemory& known) const {
  if (is_listed(id, known)) return false;
  const CollectorKind collector = known.last->collector;
  const SourceResult* source = source_of(observation_, collector, id.first);
  if (source == nullptr) source = source_of(observation_, collector, std::string(kAllNamespaces));
  return source == nullptr || source->status == SourceStatus::complete ||
         source->status == SourceStatus::absent;
}

// What is known of a device that this poll did not read moves on by its absence alone.
void Pass::keep_memory(const DeviceId& id, const DeviceMemory& known,
                       std::optional<BootTime> absent_since) {
  Delta::DeviceChange change{.id = id,
                             .told = std::nullopt,
                             .last = known.last,
                             .absent_since = absent_since,
                             .key_absent_since = known.key_absent_since,
                             .complete_at = known.complete_at,
                             .watched_since = known.watched_since,
                             .peer_set = known.peer_set,
                             .absences = known.absences,
                             .prefix_index = known.prefix_index,
                             .changed = {},
                             .removed = {}};
  if (scope().rebooted()) change.changed = end_sessions_of(scope(), id, known);
  if (absent_since == known.absent_since && change.changed.empty()) return;
  step_.delta.devices.push_back(std::move(change));
}

// A device of Memory that this poll did not read: it failed, or it is gone.
void Pass::judge_unseen(const DeviceId& id, const DeviceMemory& known) {
  if (seen_.contains(id)) return;
  if (!is_gone(id, known)) {
    // Listed and not read: the run of polls without it is broken.
    keep_memory(id, known, is_listed(id, known) ? std::nullopt : known.absent_since);
    return keep_unread(id, known);
  }
  const BootTime since = known.absent_since.value_or(observation_.ended);
  const Duration absent = observation_.ended - since;
  if (absent < context_.settle) unjudged_.devices.insert(id);
  if (absent < std::max(context_.settle, context_.restart_window)) {
    return keep_memory(id, known, since);
  }
  step_.delta.removed_devices.push_back(id);
  if (known.is_told) tell_device_removed(scope(), id, known);
}

// Shown as it last was; its age takes it off /metrics (SPEC §2).
void Pass::keep_unread(const DeviceId& id, const DeviceMemory& known) {
  unjudged_.devices.insert(id);
  JudgedDevice judged{known.last, {}, false};
  auto memory = known.peers.begin();
  for (const Peer& peer : known.last->peers) {
    while (memory != known.peers.end() && memory->public_key < peer.public_key) ++memory;
    PeerStatus status;
    status.record = context_.inventory->find(peer.public_key);
    if (memory != known.peers.end() && memory->public_key == peer.public_key) {
      status.first_seen = memory->learned.first_seen;
      status.session_up = memory->session_up();
      status.sessions = memory->told.sessions;
      status.endpoint_changes = memory->told.endpoint_changes;
    }
    judged.peers.push_back(status);
  }
  step_.view.devices.push_back(std::move(judged));
}

void Pass::judge_health() {
  View& view = step_.view;
  view.sources = follow_sources(memory_.sources, std::move(observation_.sources), now_.wall);
  step_.delta.sources = view.sources;
  for (const DeviceFailure& failure : observation_.failures) {
    view.interfaces.push_back({failure.collector, failure.netns, failure.name, false});
  }
  step_.delta.failures =
      follow_failures(memory_.failures, view.sources, observation_.failures,
                      observation_.child_restarted, now_.boot, context_.failing_after);
  evaluate_failures(step_.delta.failures, verdict_);
}

void Pass::judge_findings() {
  unjudged_.findings = verdict_.take_left();
  Reconciled reconciled = reconcile(before_, verdict_.take(), memory_.unannounced, unjudged_);
  rename_findings(reconciled);
  tell_findings({memory_, context_, now_, teller_, step_.delta}, step_.view, reconciled.changes);
  std::ranges::sort(step_.delta.announced);
  step_.delta.findings_changed = std::move(reconciled.changed);
  step_.delta.findings_closed = close_findings({memory_, context_, now_, teller_, step_.delta},
                                               step_.view, reconciled.closed);
  step_.delta.findings = reconciled.findings;
  step_.view.findings = std::move(reconciled.findings);
}

// The name of an interface is part of what a finding is: under the old one it is closed, under the
// new one it is open since the same time.
void Pass::rename_findings(Reconciled& reconciled) {
  const auto is_of = [](const Finding& finding, const DeviceId& id) {
    return finding.identity.netns == id.first && finding.identity.interface == id.second;
  };
  for (const auto& [now, before] : renamed_) {
    for (const Finding& finding : memory_.findings) {
      if (!is_of(finding, before)) continue;
      reconciled.closed.push_back(finding.identity);
      if (!finding.accepted) reconciled.changes.push_back({Action::finding_closed, finding});
    }
    std::erase_if(reconciled.changes, [&](const FindingChange& change) {
      return is_of(change.finding, now) && change.action != Action::finding_opened;
    });
    for (const Finding& finding : reconciled.findings) {
      if (!is_of(finding, now)) continue;
      const bool told = std::ranges::any_of(reconciled.changes, [&](const FindingChange& change) {
        return change.finding.identity == finding.identity;
      });
      if (!finding.accepted && !told) {
        reconciled.changes.push_back({Action::finding_opened, finding});
      }
      reconciled.changed.push_back(finding);
    }
  }
}

void Pass::finish_view() {
  View& view = step_.view;
  view.poll = step_.delta.poll;
  view.taken = now_;
  view.gateway = context_.gateway;
  view.inventory = context_.inventory;
  view.inventory_health = context_.inventory_health;
  view.rule_settings = context_.rule_settings;
  view.opened_total = memory_.opened_total;
  for (const auto& [rule, severity] : step_.delta.opened) ++view.opened_total.at(rule, severity);
  std::ranges::sort(view.devices, {}, [](const JudgedDevice& d) {
    return std::tie(d.device->netns, d.device->name);
  });
  std::ranges::sort(view.sources, {},
                    [](const SourceHealth& s) { return std::tie(s.last.collector, s.last.netns); });
  std::ranges::sort(view.interfaces, {}, [](const InterfaceHealth& i) {
    return std::tie(i.collector, i.netns, i.name);
  });
  fold_doubles(view.interfaces);
}

}  // namespace

bool Step::tells() const {
  const auto device_tells = [](const Delta::DeviceChange& change) {
    return change.told || !change.removed.empty() ||
           std::ranges::any_of(change.changed, &Delta::PeerChange::tells);
  };
  return !events.empty() || !delta.renamed.empty() || !delta.removed_devices.empty() ||
         !delta.departed.empty() || !delta.returned.empty() || !delta.findings_changed.empty() ||
         !delta.findings_closed.empty() || !delta.sessions.empty() || delta.drop_through != 0 ||
         std::ranges::any_of(delta.devices, device_tells);
}

Step judge(const Memory& memory, Observation observation, const JudgeContext& context,
           const Now& now, const OutboxStatus& outbox) {
  return Pass(memory, std::move(observation), context, now, outbox).run();
}

}  // namespace wgaudit
