#include "audit/judge.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "audit/device_pass.hpp"
#include "audit/evaluate.hpp"
#include "audit/health.hpp"
#include "audit/reconcile.hpp"
#include "audit/tell.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {
namespace {

DeviceId id_of(const Device& device) { return {device.netns, device.name}; }

const SourceResult* source_of(const Observation& observation, CollectorKind collector,
                              const std::string& netns) {
  const auto found = std::ranges::find_if(observation.sources, [&](const SourceResult& source) {
    return source.collector == collector && source.netns == netns;
  });
  return found == observation.sources.end() ? nullptr : &*found;
}

// One link, by namespace and index, under another name. The kernel gives numbers of namespaces and
// links away again: in a namespace of another label it must have the same key, too.
bool same_link(const Device& a, const Device& b) {
  if (a.netns != b.netns && (!a.public_key || a.public_key != b.public_key)) return false;
  return a.link && b.link && a.link->index == b.link->index && a.netns_inode != 0 &&
         a.netns_inode == b.netns_inode && a.netns_device == b.netns_device;
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
  Pass(const Memory& memory, Observation observation, const JudgeContext& context, const Now& now)
      : memory_(memory),
        observation_(std::move(observation)),
        context_(context),
        now_(now),
        before_(memory.findings),
        verdict_(context, now, before_) {}

  Step run() {
    find_renamed();
    for (Device& device : observation_.devices) judge_seen(std::move(device));
    for (const auto& [id, known] : memory_.devices) judge_unseen(id, known);
    judge_health();
    evaluate_inventory(verdict_);
    judge_findings();
    finish_view();
    return std::move(step_);
  }

 private:
  void find_renamed();
  void judge_seen(Device&& observed);
  void judge_unseen(const DeviceId& id, const DeviceMemory& known);
  void judge_health();
  void judge_findings();
  void finish_view();

  const DeviceMemory* known_device(const DeviceId& id) const;
  bool is_listed(const DeviceId& id, const DeviceMemory& known) const;
  bool is_gone(const DeviceId& id, const DeviceMemory& known) const;
  void keep_unread(const DeviceId& id, const DeviceMemory& known);

  const Memory& memory_;
  Observation observation_;
  const JudgeContext& context_;
  const Now& now_;
  std::vector<Finding> before_;  // open before, under the names of now
  Verdict verdict_;
  Unjudged unjudged_;
  std::map<DeviceId, DeviceId> renamed_;  // new name → old
  std::set<DeviceId> seen_;               // names in Memory that were read in this poll
  Step step_;
};

void Pass::find_renamed() {
  const auto listed = [&](const DeviceId& id) {
    return std::ranges::any_of(observation_.devices,
                               [&](const Device& device) { return id_of(device) == id; });
  };
  for (const Device& device : observation_.devices) {
    if (memory_.devices.contains(id_of(device))) continue;
    for (const auto& [id, known] : memory_.devices) {
      if (!same_link(device, *known.last) || listed(id)) continue;
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

const DeviceMemory* Pass::known_device(const DeviceId& id) const {
  const auto renamed = renamed_.find(id);
  const auto found = memory_.devices.find(renamed == renamed_.end() ? id : renamed->second);
  return found == memory_.devices.end() ? nullptr : &found->second;
}

void Pass::judge_seen(Device&& observed) {
  const DeviceId id = id_of(observed);
  const DeviceMemory* known = known_device(id);
  // What another collector has under the name does not stand in for a device that was not read.
  const bool stand_in = known != nullptr && known->last->collector != observed.collector;
  if (stand_in && !is_gone(id, *known)) return;
  if (known != nullptr) seen_.insert(renamed_.contains(id) ? renamed_.at(id) : id);
  DeviceStep device = judge_device({context_, now_, memory_.polls == 0, memory_.departed, verdict_,
                                    unjudged_, step_.events, step_.delta},
                                   std::move(observed), known);
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

// A device of Memory that this poll did not read: it failed, or it is gone.
void Pass::judge_unseen(const DeviceId& id, const DeviceMemory& known) {
  if (seen_.contains(id)) return;
  if (is_listed(id, known) && known.absent_since) {  // the run of polls without it is broken
    step_.delta.devices.push_back(
        {id, known.last, std::nullopt, known.complete_at, known.peer_set, known.missing, {}, {}});
  }
  if (!is_gone(id, known)) return keep_unread(id, known);
  const BootTime since = known.absent_since.value_or(observation_.ended);
  if (observation_.ended - since < context_.settle) {
    unjudged_.devices.insert(id);
    step_.delta.devices.push_back(
        {id, known.last, since, known.complete_at, known.peer_set, known.missing, {}, {}});
    return;
  }
  step_.delta.removed_devices.push_back(id);
  step_.events.push_back(interface_removed(id, known));
  for (const PeerMemory& peer : known.peers) {
    remember_departed(id, peer, *context_.inventory, step_.delta);
  }
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
      status.first_seen = memory->first_seen;
      status.session_up = memory->session_up;
      status.sessions = memory->sessions;
      status.endpoint_changes = memory->endpoint_changes;
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
  Reconciled reconciled = reconcile(before_, verdict_.take(), unjudged_);
  std::ranges::move(reconciled.events, std::back_inserter(step_.events));
  step_.delta.opened = std::move(reconciled.opened);
  step_.delta.findings = reconciled.findings;
  step_.view.findings = std::move(reconciled.findings);
}

void Pass::finish_view() {
  View& view = step_.view;
  view.poll = memory_.polls + 1;
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

Step judge(const Memory& memory, Observation observation, const JudgeContext& context,
           const Now& now) {
  return Pass(memory, std::move(observation), context, now).run();
}

}  // namespace wgaudit
