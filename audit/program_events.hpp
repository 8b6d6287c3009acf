// What is told of no single peer: the program itself, its inventory, the clock, findings,
// snapshots.
#pragma once

#include <vector>

#include "audit/judge.hpp"
#include "audit/reconcile.hpp"
#include "audit/tell.hpp"

namespace wgaudit {

// What the parts of a poll share that tell. `delta` and the teller are added to.
struct ProgramScope {
  const Memory& memory;
  const JudgeContext& context;
  const Now& now;
  Teller& teller;
  Delta& delta;
};

class ProgramEvents : ProgramScope {
 public:
  explicit ProgramEvents(ProgramScope scope) : ProgramScope(scope) {}

  // Before all that a poll tells: the start, a baseline, the clock, the inventory. A baseline waits
  // until all can be read: what comes later would be announced as new.
  void tell_begin(bool all_readable);
  // After it: snapshots and the heartbeat, events that were lost.
  void tell_end(const View& view, const OutboxStatus& outbox);

 private:
  void tell_started();
  void tell_clock();
  void tell_inventory();
  void tell_loaded();
  void tell_rejected();
  void tell_lost(const OutboxStatus& outbox);
  // Of the peers of one slot of `slots`, as they are told of with this poll.
  void tell_snapshots(const View& view, std::uint32_t slot, std::uint32_t slots);
};

// Opened, changed, closed with its reason; more than 50 of a rule as one burst. `view` has the
// devices of this poll.
void tell_findings(const ProgramScope& scope, const View& view,
                   const std::vector<FindingChange>& changes);
inline constexpr std::size_t kBurst = 50;
// The same of all that close, accepted ones too, for the history.
[[nodiscard]] std::vector<ClosedFinding> close_findings(
    const ProgramScope& scope, const View& view, const std::vector<FindingIdentity>& identities);
// Whose the keys are that are there: where the inventory says otherwise than what was told of last,
// and all of them when a run begins.
[[nodiscard]] std::vector<KeyOwner> key_owners(const ProgramScope& scope);

}  // namespace wgaudit
