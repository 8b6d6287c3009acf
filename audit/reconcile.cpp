#include "audit/reconcile.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

class Reconciler {
 public:
  explicit Reconciler(const std::map<FindingIdentity, WallTime>& unannounced)
      : unannounced_(unannounced) {}

  void stays(const Finding& before, Finding now) {
    now.since = before.since;
    const bool worse = now.severity > before.severity || now.evidence > before.evidence;
    now.evidence = std::max(now.evidence, before.evidence);
    if (before.accepted && !now.accepted) {  // the exception has ended
      tell(Action::finding_opened, now);
    } else if (!before.accepted && now.accepted) {
      tell(Action::finding_closed, now);
    } else if (!now.accepted && worse) {
      out.changes.push_back({Action::finding_changed, now, before.severity});
    }
    if (now.accepted != before.accepted || now.severity != before.severity ||
        now.evidence != before.evidence) {
      out.changed.push_back(now);
    }
    out.findings.push_back(std::move(now));
  }
  void opens(Finding now) {
    const auto noticed = unannounced_.find(now.identity);
    if (noticed != unannounced_.end()) now.since = noticed->second;
    if (!now.accepted) tell(Action::finding_opened, now);
    out.changed.push_back(now);
    out.findings.push_back(std::move(now));
  }
  void goes(const Finding& before, bool unjudged) {
    if (unjudged) {
      out.findings.push_back(before);
      return;
    }
    if (!before.accepted) tell(Action::finding_closed, before);
    out.closed.push_back(before.identity);
  }
  Reconciled out;

 private:
  void tell(Action action, const Finding& finding) { out.changes.push_back({action, finding}); }
  const std::map<FindingIdentity, WallTime>& unannounced_;
};

}  // namespace

bool Unjudged::covers(const FindingIdentity& identity) const {
  // A failure is judged by every poll, an inventory is there or not, and so is a listener.
  if (identity.rule == RuleId::collector_failing || identity.rule == RuleId::no_inventory ||
      identity.rule == RuleId::exposed_listener) {
    return false;
  }
  const DeviceId device{identity.netns, identity.interface};
  if (devices.contains(device) || findings.contains(identity)) return true;
  // Of a peer that is missing the rule itself knows whether that is settled.
  if (!identity.public_key || identity.rule == RuleId::missing_peer) return false;
  return peers.contains({device, *identity.public_key});
}

Reconciled reconcile(const std::vector<Finding>& before, std::vector<Finding> found,
                     const std::map<FindingIdentity, WallTime>& unannounced,
                     const Unjudged& unjudged) {
  std::ranges::sort(found, {}, &Finding::identity);
  Reconciler reconciler(unannounced);
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
