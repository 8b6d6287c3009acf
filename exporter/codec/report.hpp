// One audit, of one gateway or of many, as a report: a value that says everything, and four forms
// of it. JSON is a contract (version 1, SPEC §8); text is for a terminal, Markdown and HTML are for
// people. Pure; the same input gives the same bytes; names of any bytes do nothing in any form.
//
//   ReportModel model = make_report(input, options);
//   std::string page = report_html(model);
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/fleet.hpp"
#include "audit/view.hpp"

namespace wgaudit {

struct ReportOptions {
  std::vector<RuleId> rules;  // empty: all
  std::string principal;      // "" = everybody; else its peers and findings alone
};

struct GatewayInput {
  const View* view;
  bool read = true;                   // anything of it could be read
  std::vector<std::string> problems;  // what could not be, a sentence each
};

// Of the daemon, where the audit had it.
struct ReportMemory {
  std::string directory;
  std::optional<WallTime> written;
};

// All of it outlives the model. REQUIRES: at least one gateway; all judged by one inventory and one
// set of rules at one time.
struct ReportInput {
  std::vector<GatewayInput> gateways;
  std::vector<FleetFinding> across;
  std::vector<std::string> problems;  // of no single gateway: the inventory's
  std::optional<ReportMemory> memory;
};

struct ReportFinding {
  const Finding* finding;
  const RuleInfo* rule;
  std::string_view gateway;              // "": several, which `where` names
  const Record* record = nullptr;        // of its key
  const Exception* exception = nullptr;  // that accepts it
  std::vector<std::string> where;        // as `at` writes it: "gw1/blue:wg0"
};

// A rule that was judged and found nothing.
struct InOrder {
  const RuleInfo* rule;
  RuleScope scope;
  std::size_t looked_at;  // so many peers, records, …
};

// Rules that this audit could not judge, and why: never to be taken for fine.
struct NotChecked {
  std::vector<const RuleInfo*> rules;  // by code
  std::string why;
  std::vector<std::string_view> gateways;  // where, if not everywhere
};

struct ReportGateway {
  const View* view;
  bool read;
  std::size_t peers = 0;                // those that the options leave
  std::vector<ReportFinding> findings;  // by identity, the accepted ones among them
  std::vector<InOrder> in_order;
  std::vector<std::pair<const RuleInfo*, std::string>> not_checked;  // why; by code
  const std::vector<std::string>* problems;
};

// Moved, never copied: its lists point into it.
struct ReportModel {
  ReportModel() = default;
  ReportModel(ReportModel&&) = default;
  ReportModel& operator=(ReportModel&&) = default;
  ReportModel(const ReportModel&) = delete;
  ReportModel& operator=(const ReportModel&) = delete;

  WallTime generated_at{};
  ReportOptions options;
  const Inventory* inventory = nullptr;  // null: none is configured
  const ReportMemory* memory = nullptr;  // null: empty memory, so that `since` is not known
  std::vector<ReportGateway> gateways;
  std::vector<ReportFinding> across;  // by identity
  const std::vector<std::string>* problems = nullptr;

  // Of all gateways together. The worst first; accepted ones apart.
  std::vector<const ReportFinding*> open, accepted;
  std::array<std::size_t, kSeverities + 1> open_count{};  // by severity
  std::vector<InOrder> in_order;
  std::vector<NotChecked> not_checked;
  std::vector<std::string> all_problems;  // of several gateways with their names

  [[nodiscard]] bool of_many() const { return gateways.size() > 1; }
};
[[nodiscard]] ReportModel make_report(const ReportInput& input, const ReportOptions& options);

// Whether the options leave this peer.
[[nodiscard]] bool is_reported(const ReportOptions& options, const Peer& peer,
                               const PeerStatus& status);

[[nodiscard]] std::string report_json(const ReportModel& model);
[[nodiscard]] std::string report_text(const ReportModel& model);
[[nodiscard]] std::string report_markdown(const ReportModel& model);
[[nodiscard]] std::string report_html(const ReportModel& model);

struct ReportFormat {
  std::string_view name;  // of --format
  std::string (*render)(const ReportModel&);
};
[[nodiscard]] std::span<const ReportFormat> report_formats();  // the default one first

// What a rule means, why it matters and what to do: `report --explain`.
[[nodiscard]] std::string explain(const RuleInfo& rule);
// RULES.md: the table of all rules.
[[nodiscard]] std::string rules_page();

}  // namespace wgaudit
