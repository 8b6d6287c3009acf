#include "exporter/codec/report.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

bool selected(const ReportOptions& options, RuleId rule) {
  return options.rules.empty() || std::ranges::find(options.rules, rule) != options.rules.end();
}

// "" = checked.
std::string why_not_checked(const View& view, const RuleInfo& rule) {
  if (!view.rule_settings->enabled_for_anybody(rule.id)) return "switched off in the configuration";
  if (!view.inventory_health.configured && rule.needs_inventory) {
    return "needs an inventory, none is configured";
  }
  if (rule.needs_gateway && !view.inventory_health.gateway_known) {
    return "the inventory has no entry for this gateway";
  }
  if (rule.needs_memory) return "needs more than one poll: run wgaudit serve";
  return "";
}

}  // namespace

std::vector<NotChecked> not_checked(const View& view, const ReportOptions& options) {
  std::vector<NotChecked> list;
  for (const RuleInfo& rule : rules()) {
    if (!selected(options, rule.id)) continue;
    std::string why = why_not_checked(view, rule);
    if (!why.empty()) list.push_back({rule.name, std::move(why)});
  }
  return list;
}

std::vector<const Finding*> reported_findings(const View& view, const ReportOptions& options,
                                              bool by_severity) {
  std::vector<const Finding*> list;
  for (const Finding& finding : view.findings) {
    if (!selected(options, finding.identity.rule)) continue;
    if (!options.principal.empty() && finding.principal != options.principal) continue;
    list.push_back(&finding);
  }
  std::ranges::sort(list, [](const auto* a, const auto* b) { return a->identity < b->identity; });
  if (!by_severity) return list;
  std::ranges::stable_sort(list, [](const Finding* a, const Finding* b) {
    return std::pair{a->accepted, b->severity} < std::pair{b->accepted, a->severity};
  });
  return list;
}

std::string explain(const RuleInfo& rule) {
  return rule_code(rule.id) + ' ' + std::string(rule.name) + " (" +
         std::string(to_string(rule.severity)) +
         ")\n  opens when: " + std::string(rule.opens_when) +
         "\n  why: " + std::string(rule.reason) + "\n  what to do: " + std::string(rule.remedy) +
         '\n';
}

}  // namespace wgaudit
