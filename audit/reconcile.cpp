#include "audit/reconcile.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

Event event_of(Action action, const Finding& finding) {
  Event event{action,
              finding.identity.netns,
              finding.identity.interface,
              finding.identity.public_key,
              finding.principal,
              finding.severity,
              {{"rule", std::string(rule_info(finding.identity.rule).name)}}};
  if (!finding.identity.subject.empty()) {
    event.facts.push_back({"subject", finding.identity.subject});
  }
  event.facts.push_back({"detail", finding.detail});
  return event;
}

class Reconciler {
 public:
  void stays(const Finding& before, Finding now) {
    now.since = before.since;
    if (before.accepted && !now.accepted) {
      announce(now);  // the exception has ended
    } else if (!now.accepted && now.severity > before.severity) {
      out.events.push_back(event_of(Action::finding_changed, now));
    }
    out.findings.push_back(std::move(now));
  }
  void opens(Finding now) {
    if (!now.accepted) announce(now);
    out.findings.push_back(std::move(now));
  }
  void goes(const Finding& before, bool unjudged) {
    if (unjudged) {
      out.findings.push_back(before);
    } else if (!before.accepted) {
      out.events.push_back(event_of(Action::finding_closed, before));
    }
  }
  Reconciled out;

 private:
  void announce(const Finding& finding) {
    out.events.push_back(event_of(Action::finding_opened, finding));
    out.opened.emplace_back(finding.identity.rule, finding.severity);
  }
};

}  // namespace

bool Unjudged::covers(const FindingIdentity& identity) const {
  // A failure is judged by every poll, and an inventory is there or not.
  if (identity.rule == RuleId::collector_failing || identity.rule == RuleId::no_inventory) {
    return false;
  }
  const DeviceId device{identity.netns, identity.interface};
  if (devices.contains(device)) return true;
  if (!identity.public_key) return false;
  const auto& keys = identity.rule == RuleId::missing_peer ? missing : peers;
  return keys.contains({device, *identity.public_key});
}

Reconciled reconcile(const std::vector<Finding>& before, std::vector<Finding> found,
                     const Unjudged& unjudged) {
  std::ranges::sort(found, {}, &Finding::identity);
  Reconciler reconciler;
  auto old = before.begin();
  const auto pass_old = [&] { reconciler.goes(*old, unjudged.covers(old->identity)), ++old; };
  for (Finding& finding : found) {
    while (old != before.end() && old->identity < finding.identity) pass_old();
    if (old != before.end() && old->identity == finding.identity) {
      reconciler.stays(*old++, std::move(finding));
    } else {
      reconciler.opens(std::move(finding));
    }
  }
  while (old != before.end()) pass_old();
  return std::move(reconciler.out);
}

}  // namespace wgaudit
