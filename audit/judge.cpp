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

// One link, by namespace and index, under another name.
bool same_link(const Device& a, const Device& b) {
  return a.link && b.link && a.link->index == b.link->index && a.netns_inode != 0 &&
         a.netns_inode == b.netns_inode && a.netns_device == b.netns_device;
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
  if (known != nullptr) seen_.insert(renamed_.contains(id) ? renamed_.at(id) : id);
  DeviceStep device =
      judge_device({context_, now_, memory_.polls == 0, verdict_, unjudged_, step_.events},
                   std::move(observed), known);
  step_.view.interfaces.push_back({device.judged.device->collector, id.first, id.second, true});
  step_.view.devices.push_back(std::move(device.judged));
  step_.delta.devices.push_back(std::move(device.change));
}

// A device of Memory that this poll did not read: it failed, or it is gone.
void Pass::judge_unseen(const DeviceId& id, const DeviceMemory& known) {
  if (seen_.contains(id)) return;
  const bool failed = std::ranges::any_of(observation_.failures, [&](const DeviceFailure& failure) {
    return failure.netns == id.first && failure.name == id.second &&
           failure.collector == known.last->collector;
  });
  const SourceResult* source = source_of(observation_, known.last->collector, id.first);
  // A namespace that is no longer listed has no source; a failed source says nothing of its
  // devices.
  const bool gone = !failed && (source == nullptr || source->status == SourceStatus::complete ||
                                source->status == SourceStatus::absent);
  if (failed && known.absent_since) {  // it is listed: the run of polls without it is broken
    step_.delta.devices.push_back(
        {id, known.last, std::nullopt, known.peer_set_since, known.peer_set, {}, {}});
  }
  if (!gone) return keep_unread(id, known);
  const BootTime since = known.absent_since.value_or(observation_.ended);
  if (observation_.ended - since < context_.settle) {
    unjudged_.devices.insert(id);
    step_.delta.devices.push_back(
        {id, known.last, since, known.peer_set_since, known.peer_set, {}, {}});
    return;
  }
  step_.delta.removed_devices.push_back(id);
  step_.events.push_back(interface_removed(id, known));
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
}

}  // namespace

Step judge(const Memory& memory, Observation observation, const JudgeContext& context,
           const Now& now) {
  return Pass(memory, std::move(observation), context, now).run();
}

}  // namespace wgaudit
