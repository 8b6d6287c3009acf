// One audit as a report: JSON (a contract, version 1) and text for a terminal. Pure; the same View
// gives the same bytes.
#pragma once

#include <string>
#include <vector>

#include "audit/view.hpp"

namespace wgaudit {

struct ReportOptions {
  std::vector<RuleId> rules;  // empty: all
  std::string principal;      // "" = everybody; else its peers and findings alone
};

// A rule that this audit could not judge, and why: never to be taken for fine.
struct NotChecked {
  std::string_view rule;
  std::string why;
  friend bool operator==(const NotChecked&, const NotChecked&) = default;
};
[[nodiscard]] std::vector<NotChecked> not_checked(const View& view, const ReportOptions& options);

// The findings that the options leave, the worst first where `by_severity`, else by code.
[[nodiscard]] std::vector<const Finding*> reported_findings(const View& view,
                                                            const ReportOptions& options,
                                                            bool by_severity);

// `problems`: what could not be read, and what is wrong with the inventory, a sentence each.
[[nodiscard]] std::string report_json(const View& view, const ReportOptions& options,
                                      const std::vector<std::string>& problems);
[[nodiscard]] std::string report_text(const View& view, const ReportOptions& options,
                                      const std::vector<std::string>& problems);

// What a rule means, why it matters and what to do: `report --explain`.
[[nodiscard]] std::string explain(const RuleInfo& rule);

}  // namespace wgaudit
