// A small world for judge(): a memory, a clock that the test moves, and polls one after the other.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "audit/judge.hpp"
#include "tests/support/builders.hpp"

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
    Step step = judge(memory, std::move(observation), context, now);
    memory.apply(step.delta);
    return step;
  }

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

}  // namespace wgaudit::test
