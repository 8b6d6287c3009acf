#include <algorithm>

#include "audit/judge.hpp"

namespace wgaudit {
namespace {

// Sorted by key, each record once.
void settle(ExpectedRecords& expected) {
  for (auto& [id, records] : expected) {
    std::ranges::sort(records, {}, &Record::public_key);
    const auto doubles = std::ranges::unique(records);
    records.erase(doubles.begin(), doubles.end());
  }
}

}  // namespace

GatewayContexts::GatewayContexts(std::span<const std::string> gateways,
                                 std::shared_ptr<const Inventory> inventory, InventoryHealth health,
                                 std::shared_ptr<const RuleSettings> rule_settings) {
  for (const std::string& gateway : gateways) {
    if (inventory->gateway(gateway) != nullptr) expected_.try_emplace(gateway);
  }
  for (const Record& record : inventory->records) {
    if (record.replaces) context_.replacing.emplace(*record.replaces, &record);
    if (record.status != Status::active || !record.at) continue;
    for (const Place& place : *record.at) {
      if (place.interface == "*") continue;
      const auto expected = expected_.find(place.gateway);
      if (expected == expected_.end()) continue;
      expected->second[{place.netns, place.interface}].push_back(&record);
    }
  }
  context_.policies.push_back(inventory->resolve(nullptr));
  Record with_role;
  for (with_role.role = 0; with_role.role < inventory->roles.size(); ++with_role.role) {
    context_.policies.push_back(inventory->resolve(&with_role));
  }
  context_.inventory = std::move(inventory);
  context_.inventory_health = std::move(health);
  context_.rule_settings = std::move(rule_settings);
}

JudgeContext& GatewayContexts::of(const std::string& gateway) {
  context_.gateway = gateway;
  const auto expected = expected_.find(gateway);
  context_.inventory_health.gateway_known = expected != expected_.end();
  context_.expected.clear();
  if (expected != expected_.end()) {
    context_.expected = std::move(expected->second);
    expected->second.clear();
    settle(context_.expected);
  }
  return context_;
}

JudgeContext make_context(std::string gateway, std::shared_ptr<const Inventory> inventory,
                          InventoryHealth health,
                          std::shared_ptr<const RuleSettings> rule_settings) {
  GatewayContexts contexts({&gateway, 1}, std::move(inventory), std::move(health),
                           std::move(rule_settings));
  return std::move(contexts.of(gateway));
}

}  // namespace wgaudit
