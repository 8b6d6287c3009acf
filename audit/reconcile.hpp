// Findings over time: what the rules find now against what was open before.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "audit/judge.hpp"

namespace wgaudit {

// What this poll could not judge, so that its findings stay as they are.
struct Unjudged {
  std::set<DeviceId> devices;                // not read, or gone and not settled
  std::set<std::pair<DeviceId, Key>> peers;  // not shown, or gone and not settled
  std::set<FindingIdentity> findings;        // left as they are by their rule
  [[nodiscard]] bool covers(const FindingIdentity& identity) const;
};

struct FindingChange {
  Action action;  // finding_opened, finding_changed, finding_closed
  Finding finding;
  Severity severity_before = Severity::info;  // of finding_changed
};

struct Reconciled {
  std::vector<Finding> findings;       // open and accepted, by identity
  std::vector<FindingChange> changes;  // to be told
  std::vector<Finding> changed;        // of `findings`, those that are not as they were before
  std::vector<FindingIdentity> closed;
};

// `before` sorted by identity, `found` in any order. A finding that was noticed before and could
// not be committed keeps the time at which it was noticed.
[[nodiscard]] Reconciled reconcile(const std::vector<Finding>& before, std::vector<Finding> found,
                                   const std::map<FindingIdentity, WallTime>& unannounced,
                                   const Unjudged& unjudged);

}  // namespace wgaudit
