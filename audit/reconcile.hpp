// Findings over time: what the rules find now against what was open before.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "audit/event.hpp"
#include "audit/judge.hpp"

namespace wgaudit {

// What this poll could not judge, so that its findings stay as they are.
struct Unjudged {
  std::set<DeviceId> devices;                  // not read, or gone and not settled
  std::set<std::pair<DeviceId, Key>> peers;    // not shown, or gone and not settled
  std::set<std::pair<DeviceId, Key>> missing;  // expected, and the set of peers not settled
  [[nodiscard]] bool covers(const FindingIdentity& identity) const;
};

struct Reconciled {
  std::vector<Finding> findings;  // by identity
  std::vector<Event> events;
  std::vector<std::pair<RuleId, Severity>> opened;
};

// `before` sorted by identity, `found` in any order.
[[nodiscard]] Reconciled reconcile(const std::vector<Finding>& before, std::vector<Finding> found,
                                   const Unjudged& unjudged);

}  // namespace wgaudit
