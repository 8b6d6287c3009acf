#include "exporter/codec/report.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kPreamble = R"(# Rules

<!-- Generated from audit/rules.cpp: UPDATE_GOLDEN=1 codec_tests rewrites it. -->

What wgaudit looks for. Codes and names never change; severity is as graded by default: `rules:` of the
configuration grades a rule anew, switches it on or off, for everybody or for a role.

*Needs*: `inventory` = off where none is configured; `gateway` = off where the inventory has no entry for
this gateway; `memory` = earlier polls, so that `wgaudit report` judges it with `--state.directory` alone;
`host` = not to be seen in the text of `wg show all dump`; `daemon` = it is about `wgaudit serve` itself.

)";

std::string needs(const RuleInfo& rule) {
  std::string text;
  const auto add = [&](bool needed, std::string_view what) {
    if (needed) text += (text.empty() ? "" : ", ") + std::string(what);
  };
  add(rule.needs_inventory, "inventory");
  add(rule.needs_gateway, "gateway");
  const RuleScope scope = rule.scope;
  add(rule.needs_memory && scope != RuleScope::listeners, "memory");
  add(scope == RuleScope::host, "host");
  add(scope == RuleScope::listeners, "daemon");
  return text.empty() ? "-" : text;
}

void append_details(std::string& page, const RuleInfo& rule) {
  page += "\n## " + rule_code(rule.id) + ' ' + std::string(rule.name) + "\n\nOpens when " +
          std::string(rule.opens_when) + ".\n\n**Why it matters.** " + std::string(rule.reason) +
          "\n\n**What to do.** " + std::string(rule.remedy) + '\n';
}

}  // namespace

std::string rules_page() {
  std::string page(kPreamble);
  page += "| code | rule | severity | by default | needs |\n|---|---|---|---|---|\n";
  for (const RuleInfo& rule : rules()) {
    const std::string name(rule.name);
    const std::string anchor = "wga-" + rule_code(rule.id).substr(4) + '-' + name;
    page += "| " + rule_code(rule.id) + " | [`" + name + "`](#" + anchor + ") | " +
            std::string(to_string(rule.severity)) + " | " + (rule.on_by_default ? "on" : "off") +
            " | " + needs(rule) + " |\n";
  }
  for (const RuleInfo& rule : rules()) append_details(page, rule);
  return page;
}

}  // namespace wgaudit
