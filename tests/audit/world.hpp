// A small world for judge(): a memory, a clock that the test moves, and polls one after the other.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/judge.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/event_recorder.hpp"

namespace wgaudit::test {

inline const WallTime kStart = wall("2026-11-01T12:00:00Z");

struct World {
  explicit World(std::vector<Record> records, std::vector<Gateway> gateways = {}) {
    auto value = std::make_shared<Inventory>();
    value->records = std::move(records);
    value->gateways = std::move(gateways);
    use(std::move(value));
  }

  void use(std::shared_ptr<Inventory> value) {
    value->build_index();
    InventoryHealth health;
    health.configured = true;
    context = make_context("gw1", std::move(value), health, std::make_shared<const RuleSettings>());
  }
  void wait(Duration time) {
    now.boot += time;
    now.wall += time;
  }
  // The netlink source of the own namespace, read whole, with these devices.
  Step poll(std::vector<Device> devices, SourceStatus status = SourceStatus::complete) {
    Observation observation;
    observation.begun = observation.ended = now.boot;
    observation.sources.push_back({CollectorKind::netlink, "", status, "why", {}, {}});
    for (auto& device : devices) device.observed_at = now.boot;
    observation.devices = std::move(devices);
    return poll(std::move(observation));
  }
  Step poll(Observation observation) {
    Step step = judge(memory, std::move(observation), context, now, outbox);
    memory.observe(step.delta);
    if (committing) {
      memory.apply(step.delta);
      record_events(step.events, testing::UnitTest::GetInstance()->current_test_suite()->name());
      show_committed(step.view, memory);
    } else {
      memory.learn(step.delta);
    }
    return step;
  }
  // As the store loads it after the program ended: at this moment, or by a crash before.
  void restart(bool clean = true) {
    if (clean) memory.apply(judge_stop(memory, now, "signal").delta);
    Memory loaded;
    loaded.devices = std::move(memory.devices);
    for (auto& [id, device] : loaded.devices) {
      device.read_in_run = false;
      device.absent_since = device.key_absent_since = device.complete_at = std::nullopt;
      device.watched_since.reset();
      device.peer_set = 0;
      device.absences.clear();
      for (PeerMemory& peer : device.peers) peer.pending = {}, peer.recent = {};
    }
    loaded.departed = std::move(memory.departed);
    loaded.findings = std::move(memory.findings);
    loaded.program = std::move(memory.program);
    loaded.inventory = std::move(memory.inventory);
    loaded.alive_before = now.wall;
    memory = std::move(loaded);
  }
  void reboot(Duration down) {
    now.wall += down;
    now.boot = BootTime{std::chrono::minutes{1}};
    now.boot_id += "+";
    carry_over(memory, now);
  }

  OutboxStatus outbox;
  bool committing = true;  // false: the disk is full
  Memory memory;
  JudgeContext context;
  Now now{kStart, BootTime{std::chrono::hours{100}}, "boot"};
};

inline std::vector<std::string> rules_of(const Step& step) {
  std::vector<std::string> names;
  for (const auto& finding : step.view.findings) {
    names.emplace_back(rule_info(finding.identity.rule).name);
  }
  std::ranges::sort(names);
  return names;
}

inline std::vector<std::string> actions_of(const Step& step) {
  std::vector<std::string> names;
  for (const auto& event : step.events) names.emplace_back(to_string(event.action));
  return names;
}

using Names = std::vector<std::string>;

// The first of that action. REQUIRES: there is one.
inline const Event& event_of(const Step& step, Action action) {
  const auto found = std::ranges::find(step.events, action, &Event::action);
  EXPECT_NE(found, step.events.end()) << "no " << to_string(action);
  return found == step.events.end() ? step.events.at(0) : *found;
}
inline std::int64_t number_of(const Event& event, Field field) {
  const Value* value = event.find(field);
  return value != nullptr ? std::get<std::int64_t>(*value) : -1;
}
inline bool flag_of(const Event& event, Field field) {
  const Value* value = event.find(field);
  return value != nullptr && std::get<bool>(*value);
}

}  // namespace wgaudit::test
