#include <algorithm>

#include "audit/judge.hpp"

namespace wgaudit {

JudgeContext make_context(std::string gateway, std::shared_ptr<const Inventory> inventory,
                          InventoryHealth health,
                          std::shared_ptr<const RuleSettings> rule_settings) {
  JudgeContext context;
  health.gateway_known = inventory->gateway(gateway) != nullptr;
  if (health.gateway_known) {
    for (const Record& record : inventory->records) {
      if (record.status != Status::active || !record.at) continue;
      for (const Place& place : *record.at) {
        if (place.gateway != gateway || place.interface == "*") continue;
        context.expected[{place.netns, place.interface}].push_back(&record);
      }
    }
  }
  for (auto& [id, records] : context.expected) {
    std::ranges::sort(records, {}, &Record::public_key);
    const auto doubles = std::ranges::unique(records);
    records.erase(doubles.begin(), doubles.end());
  }
  for (const Record& record : inventory->records) {
    if (record.replaces) context.replacing.emplace(*record.replaces, &record);
  }
  context.policies.push_back(inventory->resolve(nullptr));
  Record with_role;
  for (with_role.role = 0; with_role.role < inventory->roles.size(); ++with_role.role) {
    context.policies.push_back(inventory->resolve(&with_role));
  }
  context.gateway = std::move(gateway);
  context.inventory = std::move(inventory);
  context.inventory_health = std::move(health);
  context.rule_settings = std::move(rule_settings);
  return context;
}

}  // namespace wgaudit
