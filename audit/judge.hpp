// judge: the one pure function of the program. It reads no clock, logs nothing, changes nothing.
//
//   Step step = judge(memory, observation, context, now);
//   memory.observe(step.delta);
//   if (store.commit(step)) memory.apply(step.delta); else memory.learn(step.delta);
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/event.hpp"
#include "audit/inventory.hpp"
#include "audit/memory.hpp"
#include "audit/posture.hpp"
#include "audit/rules.hpp"
#include "audit/view.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit {

// Active records whose `at` names an interface of a gateway exactly, by interface and key.
using ExpectedRecords = std::map<DeviceId, std::vector<const Record*>>;

// What is judged by. Shared and immutable; replaced as a whole on reload, by make_context().
struct JudgeContext {
  std::string gateway;
  std::shared_ptr<const Inventory> inventory;  // never null
  InventoryHealth inventory_health;
  std::shared_ptr<const PostureTable> posture;  // null: no posture file, or none that could be used
  std::shared_ptr<const RuleSettings> rule_settings;  // never null
  Duration settle = std::chrono::seconds{10};         // how long an absence must last
  Duration poll_interval = std::chrono::seconds{5};
  Duration failing_after = std::chrono::seconds{60};  // before collector_failing opens
  // An interface that is back within it, with the same key, was restarted.
  Duration restart_window = std::chrono::seconds{60};
  // Of this gateway. Empty where the inventory has no entry for it.
  ExpectedRecords expected;
  // Such as "0.0.0.0:9586": outside of loopback, without TLS or without authentication.
  std::vector<std::string> exposed_listeners;
  // By the key that it replaces.
  std::unordered_map<Key, const Record*, KeyHash> replacing;
  // Resolved once: without a role, then of each role; records with a policy of their own are not
  // among them.
  std::vector<Policy> policies;
};

// Fills in what follows from the inventory; the durations keep their defaults.
[[nodiscard]] JudgeContext make_context(std::string gateway,
                                        std::shared_ptr<const Inventory> inventory,
                                        InventoryHealth health,
                                        std::shared_ptr<const RuleSettings> rule_settings);

// Contexts of many gateways, one after the other: what an inventory of 100,000 records gives to
// each of 500 of them is found in one pass over it.
class GatewayContexts {
 public:
  GatewayContexts(std::span<const std::string> gateways, std::shared_ptr<const Inventory> inventory,
                  InventoryHealth health, std::shared_ptr<const RuleSettings> rule_settings);
  // REQUIRES: one of `gateways`, for the first time. The reference holds until the next call.
  [[nodiscard]] JudgeContext& of(const std::string& gateway);

 private:
  JudgeContext context_;
  std::unordered_map<std::string, ExpectedRecords> expected_;  // of those that have an entry
};

// The outbox, as it stood before this poll.
struct OutboxStatus {
  struct Sink {
    std::string name;
    std::uint64_t delivered = 0;  // up to this sequence
  };
  std::uint64_t first = 0, last = 0;  // sequences that are kept; 0: none
  std::vector<Sink> sinks;
  // Not 0: it is over its limit, and the events up to this sequence have to go.
  std::uint64_t drop_through = 0;
};

struct Step {
  std::vector<Event> events;  // numbered
  Delta delta;
  View view;
  // Whether there is anything to commit.
  [[nodiscard]] bool tells() const;
};

[[nodiscard]] Step judge(const Memory& memory, Observation observation, const JudgeContext& context,
                         const Now& now, const OutboxStatus& outbox = {});

// The last step of a run: `exporter-stopped`, without a poll. Its view is empty; `reason` such as
// "SIGTERM".
[[nodiscard]] Step judge_stop(const Memory& memory, const Now& now, std::string_view reason);

}  // namespace wgaudit
