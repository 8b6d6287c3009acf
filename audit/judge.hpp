// judge: the one pure function of the program. It reads no clock, logs nothing, changes nothing.
//
//   Step step = judge(memory, observation, context, now);
//   memory.apply(std::move(step.delta));
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audit/event.hpp"
#include "audit/inventory.hpp"
#include "audit/memory.hpp"
#include "audit/rules.hpp"
#include "audit/view.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit {

// What is judged by. Shared and immutable; replaced as a whole on reload, by make_context().
struct JudgeContext {
  std::string gateway;
  std::shared_ptr<const Inventory> inventory;  // never null
  InventoryHealth inventory_health;
  std::shared_ptr<const RuleSettings> rule_settings;  // never null
  Duration settle = std::chrono::seconds{10};         // how long an absence must last
  Duration poll_interval = std::chrono::seconds{5};
  Duration failing_after = std::chrono::seconds{60};  // before collector_failing opens
  // Active records whose `at` names an interface of this gateway exactly, by key. Empty where the
  // inventory has no entry for this gateway.
  std::map<DeviceId, std::vector<const Record*>> expected;
  // Resolved once: without a role, then of each role; records with a policy of their own are not
  // among them.
  std::vector<Policy> policies;
};

// Fills in what follows from the inventory; the durations keep their defaults.
[[nodiscard]] JudgeContext make_context(std::string gateway,
                                        std::shared_ptr<const Inventory> inventory,
                                        InventoryHealth health,
                                        std::shared_ptr<const RuleSettings> rule_settings);

struct Step {
  std::vector<Event> events;
  Delta delta;
  View view;
};

[[nodiscard]] Step judge(const Memory& memory, Observation observation, const JudgeContext& context,
                         const Now& now);

}  // namespace wgaudit
