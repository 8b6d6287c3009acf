// Rules about wgaudit itself: SPEC §4, WGA-023, 026 and 027.
#include "audit/evaluate.hpp"

namespace wgaudit {

void evaluate_inventory(Verdict& verdict) {
  if (verdict.context().inventory_health.configured) return;
  verdict.open({RuleId::no_inventory, "", "", std::nullopt, ""}, nullptr,
               "no inventory is configured: the rules that need one are off");
}

void evaluate_failures(const std::map<FailureId, FailureMemory>& failures, Verdict& verdict) {
  const Duration limit = verdict.context().failing_after;
  for (const auto& [id, failure] : failures) {
    const Duration age = verdict.now().boot - failure.since;
    const bool child = id.collector == kChildSubject;
    FindingIdentity identity{RuleId::collector_failing, id.netns, id.interface, std::nullopt,
                             id.collector};
    // After a restart it is not known for how long it has failed; an open finding knows.
    if (child ? age >= limit : age < limit && !verdict.was_open(identity)) continue;
    verdict.open(std::move(identity), nullptr, failure.why);
  }
}

void evaluate_listeners(Verdict& verdict) {
  for (const std::string& listener : verdict.context().exposed_listeners) {
    verdict.open({RuleId::exposed_listener, "", "", std::nullopt, listener}, nullptr,
                 "listens on " + listener + " without TLS and authentication");
  }
}

}  // namespace wgaudit
