#include <algorithm>

#include "exporter/metrics/families.hpp"

namespace wgaudit {
namespace {

using Findings = std::vector<const Finding*>;

// Open and not accepted, one list for every rule, by identity.
std::array<Findings, kMaxRuleCode + 1> open_by_rule(const View& view) {
  std::array<Findings, kMaxRuleCode + 1> by_rule;
  for (const Finding& finding : view.findings) {
    if (finding.accepted) continue;
    by_rule[static_cast<std::size_t>(finding.identity.rule)].push_back(&finding);
  }
  // What is cut off must not be what pages: the most severe come first.
  for (Findings& findings : by_rule) {
    if (findings.size() <= kFindingsPerRule) continue;
    std::ranges::stable_sort(findings, std::ranges::greater{}, &Finding::severity);
  }
  return by_rule;
}

Labels labels_of(const Finding& finding) {
  const FindingIdentity& identity = finding.identity;
  Labels labels;
  labels.add("rule", rule_info(identity.rule).name).add("severity", to_string(finding.severity));
  labels.add("netns", identity.netns).add("interface", identity.interface);
  labels.add("public_key", identity.public_key ? to_string(*identity.public_key) : "");
  labels.add("subject", identity.subject);
  return labels;
}

}  // namespace

void write_findings(TextWriter& out, const View& view) {
  const auto by_rule = open_by_rule(view);
  out.begin(MetricId::finding);
  for (const Findings& findings : by_rule) {
    const std::size_t shown = std::min(findings.size(), kFindingsPerRule);
    for (std::size_t i = 0; i < shown; ++i) out.sample(labels_of(*findings[i]), std::uint64_t{1});
  }
  out.begin(MetricId::findings_truncated);
  for (const Findings& findings : by_rule) {
    if (findings.size() <= kFindingsPerRule) continue;
    const std::string_view rule = rule_info(findings.front()->identity.rule).name;
    out.sample(Labels{}.add("rule", rule), std::uint64_t{findings.size() - kFindingsPerRule});
  }
}

}  // namespace wgaudit
