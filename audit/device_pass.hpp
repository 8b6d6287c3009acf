// One device of one poll: what is known of its peers moves on, and the rules look at each.
#pragma once

#include <map>
#include <vector>

#include "audit/evaluate.hpp"
#include "audit/event.hpp"
#include "audit/judge.hpp"
#include "audit/reconcile.hpp"

namespace wgaudit {

// What the devices of a poll share. The references are added to.
struct PollScope {
  const JudgeContext& context;
  const Now& now;
  bool baseline;  // the first poll of all: nothing is announced as new
  const std::map<DepartedId, Departed>& departed;
  Verdict& verdict;
  Unjudged& unjudged;
  std::vector<Event>& events;
  Delta& delta;  // but for DeviceStep::change
};

struct DeviceStep {
  Delta::DeviceChange change;
  JudgedDevice judged;
};

// `known` is what Memory has of the device, under whatever name; null at first sight.
[[nodiscard]] DeviceStep judge_device(const PollScope& scope, Device&& observed,
                                      const DeviceMemory* known);

// For a peer that is believed gone, or whose device is.
void remember_departed(const DeviceId& id, const PeerMemory& peer, const Inventory& inventory,
                       Delta& delta);

}  // namespace wgaudit
