// One device of one poll: what is known of its peers moves on, and the rules look at each.
#pragma once

#include <map>
#include <vector>

#include "audit/evaluate.hpp"
#include "audit/judge.hpp"
#include "audit/reconcile.hpp"
#include "audit/tell.hpp"

namespace wgaudit {

[[nodiscard]] inline DeviceId id_of(const Device& device) { return {device.netns, device.name}; }

// What the devices of a poll share. The references are added to.
struct PollScope {
  const Memory& memory;
  const JudgeContext& context;
  const Now& now;
  Verdict& verdict;
  Unjudged& unjudged;
  Teller& teller;
  Delta& delta;  // but for DeviceStep::change

  // Until the baseline of an installation nothing is told of what is configured: it tells all that.
  [[nodiscard]] bool baseline() const { return !memory.program.baseline; }
  [[nodiscard]] bool rebooted() const {
    return memory.program.baseline && memory.program.boot_id != now.boot_id;
  }
};

struct DeviceStep {
  Delta::DeviceChange change;
  JudgedDevice judged;
};

// `known` is what Memory has of the device, under the name `known_id`; null at first sight.
[[nodiscard]] DeviceStep judge_device(const PollScope& scope, Device&& observed,
                                      const DeviceMemory* known, const DeviceId& known_id);

}  // namespace wgaudit
