#include <algorithm>
#include <map>

#include "audit/program_events.hpp"

namespace wgaudit {
namespace {

class FindingEvents : ProgramScope {
 public:
  FindingEvents(const ProgramScope& scope, const View& view,
                const std::vector<FindingChange>& changes)
      : ProgramScope(scope), view_(view), changes_(changes) {
    for (const FindingChange& change : changes) {
      if (change.action == Action::finding_opened) ++bursts_[change.finding.identity.rule].count;
    }
    std::erase_if(bursts_, [](const auto& burst) { return burst.second.count <= kBurst; });
  }

  std::vector<ClosedFinding> close(const std::vector<FindingIdentity>& identities) const {
    std::vector<ClosedFinding> closed;
    for (const FindingIdentity& identity : identities) {
      closed.push_back({identity, now.wall, std::string(reason_of(identity))});
    }
    return closed;
  }

  void tell() {
    for (const FindingChange& change : changes_) {
      switch (change.action) {
        case Action::finding_opened:
          tell_opened(change.finding);
          break;
        case Action::finding_changed:
          tell_changed(change);
          break;
        default:
          tell_closed(change.finding);
      }
    }
  }

 private:
  struct Burst {
    std::size_t count = 0;
    std::uint64_t sequence = 0;  // of its event; 0: not told yet
  };

  const Device* device_of(const FindingIdentity& identity) const {
    const auto found = std::ranges::find_if(view_.devices, [&](const JudgedDevice& judged) {
      return judged.device->netns == identity.netns && judged.device->name == identity.interface;
    });
    return found == view_.devices.end() ? nullptr : found->device.get();
  }

  Event about(Action action, const Finding& finding) const {
    const FindingIdentity& identity = finding.identity;
    Event event = make_event(action, now.wall);
    const Device* device = device_of(identity);
    if (device != nullptr) {
      event =
          interface_event(action, {identity.netns, identity.interface}, told_of(*device), now.wall);
    }
    event.netns = identity.netns;
    event.interface = identity.interface;
    event.severity = finding.severity;
    if (identity.public_key) {
      event.public_key = identity.public_key;
      add_who(event, *identity.public_key, *context.inventory);
      const Peer* peer = device != nullptr ? device->find(*identity.public_key) : nullptr;
      if (peer != nullptr) add_source(event, peer->endpoint);
    }
    add_text(event, Field::rule_name, rule_info(identity.rule).name);
    event.facts.push_back({Field::finding_since, finding.since});
    add_text(event, Field::finding_severity, to_string(finding.severity));
    add_text(event, Field::finding_subject, identity.subject);
    add_text(event, Field::finding_detail, finding.detail);
    if (memory.program.baseline && !memory.started) {
      event.facts.push_back({Field::detected_at_start, true});
    }
    return event;
  }

  void tell_opened(const Finding& finding) {
    delta.announced.push_back(finding.identity);
    if (!memory.unannounced.contains(finding.identity)) {
      delta.opened.emplace_back(finding.identity.rule, finding.severity);
    }
    Event event = about(Action::finding_opened, finding);
    if (const auto burst = bursts_.find(finding.identity.rule); burst != bursts_.end()) {
      if (burst->second.sequence == 0) tell_burst(burst->first, burst->second);
      event.kind = EventKind::event;
      event.facts.push_back({Field::finding_burst_id, EventRef{burst->second.sequence}});
    }
    teller.tell(std::move(event));
  }

  void tell_burst(RuleId rule, Burst& burst) {
    Event event = make_event(Action::finding_burst, now.wall);
    event.severity = Severity::info;
    for (const FindingChange& change : changes_) {
      const bool of_burst =
          change.action == Action::finding_opened && change.finding.identity.rule == rule;
      if (of_burst) event.severity = std::max(event.severity, change.finding.severity);
    }
    add_text(event, Field::rule_name, rule_info(rule).name);
    add_text(event, Field::finding_severity, to_string(event.severity));
    add_number(event, Field::finding_count, burst.count);
    burst.sequence = teller.tell(std::move(event)).sequence;
  }

  void tell_changed(const FindingChange& change) {
    Event event = about(Action::finding_changed, change.finding);
    if (change.severity_before != change.finding.severity) {
      add_text(event, Field::before_severity, to_string(change.severity_before));
    }
    teller.tell(std::move(event));
  }

  void tell_closed(const Finding& finding) {
    Event event = about(Action::finding_closed, finding);
    event.severity = Severity::info;
    // An exception that began closes it though it is there still.
    add_text(event, Field::event_reason,
             finding.accepted ? "inventory_changed" : reason_of(finding.identity));
    teller.tell(std::move(event));
  }

  std::string_view reason_of(const FindingIdentity& identity) const {
    const Record* record =
        identity.public_key ? context.inventory->find(*identity.public_key) : nullptr;
    const std::string_view role = record != nullptr ? context.inventory->role_name(*record) : "";
    if (!context.rule_settings->severity(identity.rule, role)) return "rule_disabled";
    if (identity.public_key) {
      const Device* device = device_of(identity);
      const bool of_absence = identity.rule == RuleId::missing_peer;
      if (device == nullptr) return "subject_gone";
      if (!of_absence && device->find(*identity.public_key) == nullptr) return "subject_gone";
    }
    if (identity.rule == RuleId::forwarding_open) {  // which no inventory has to do with
      return device_of(identity) == nullptr ? "subject_gone" : "cause_gone";
    }
    if (identity.rule == RuleId::shared_key) return "window_passed";
    if (identity.rule == RuleId::traffic_anomaly) return "cause_gone";
    return delta.inventory != nullptr ? "inventory_changed" : "cause_gone";
  }

  const View& view_;
  const std::vector<FindingChange>& changes_;
  std::map<RuleId, Burst> bursts_;
};

}  // namespace

void tell_findings(const ProgramScope& scope, const View& view,
                   const std::vector<FindingChange>& changes) {
  FindingEvents(scope, view, changes).tell();
}

std::vector<ClosedFinding> close_findings(const ProgramScope& scope, const View& view,
                                          const std::vector<FindingIdentity>& identities) {
  return FindingEvents(scope, view, {}).close(identities);
}

}  // namespace wgaudit
