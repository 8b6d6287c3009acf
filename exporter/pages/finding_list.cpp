#include "exporter/pages/finding_list.hpp"

#include <algorithm>
#include <tuple>

#include "exporter/pages/text_search.hpp"

namespace wgaudit {
namespace {

bool is_before(Severity a, const FindingIdentity& first, Severity b,
               const FindingIdentity& second) {
  return a != b ? a > b : first < second;
}

bool has_text(const Finding& finding, const TextSearch& search) {
  const FindingIdentity& identity = finding.identity;
  if (identity.public_key && search.in(to_string(*identity.public_key))) return true;
  return search.in(finding.principal) || search.in(identity.interface) ||
         search.in(identity.netns) || search.in(identity.subject) || search.in(finding.detail) ||
         search.in(rule_info(identity.rule).name);
}

bool matches(const Finding& finding, const FindingFilter& filter, const TextSearch& search) {
  const FindingIdentity& identity = finding.identity;
  const bool wanted = filter.state == FindingState::all ||
                      finding.accepted == (filter.state == FindingState::accepted);
  if (!wanted) return false;
  if (filter.severity && finding.severity != *filter.severity) return false;
  if (filter.at_least && finding.severity < *filter.at_least) return false;
  if (filter.rule && identity.rule != *filter.rule) return false;
  if (filter.key && identity.public_key != filter.key) return false;
  if (!filter.principal.empty() && finding.principal != filter.principal) return false;
  if (filter.device && std::tie(filter.device->first, filter.device->second) !=
                           std::tie(identity.netns, identity.interface)) {
    return false;
  }
  return search.empty() || has_text(finding, search);
}

}  // namespace

std::vector<const Finding*> list_findings(const View& view, const FindingFilter& filter) {
  const TextSearch search(filter.text);
  std::vector<const Finding*> findings;
  for (const Finding& finding : view.findings) {
    if (matches(finding, filter, search)) findings.push_back(&finding);
  }
  // They are by identity already.
  std::ranges::stable_sort(findings, std::ranges::greater{}, &Finding::severity);
  return findings;
}

void keep_behind(std::vector<const Finding*>& findings, const FindingPosition& position) {
  std::erase_if(findings, [&](const Finding* finding) {
    return !is_before(position.severity, position.identity, finding->severity, finding->identity);
  });
}

FindingTotals count_findings(const View& view) {
  FindingTotals totals;
  for (const Finding& finding : view.findings) {
    if (finding.accepted) {
      ++totals.accepted;
    } else {
      ++totals.open[static_cast<std::size_t>(finding.severity)];
    }
  }
  return totals;
}

}  // namespace wgaudit
