#include "exporter/codec/markdown.hpp"
#include "exporter/codec/report_words.hpp"

namespace wgaudit {
namespace {

// Cells are Markdown already. Sentences of the rule table are our own and stand as they are: what
// they set in backticks is meant so.
using Cells = std::vector<std::string>;

void append_row(std::string& out, const Cells& cells) {
  for (const std::string& cell : cells) out += "| " + cell + (cell.empty() ? "" : " ");
  out += "|\n";
}

void append_heading(std::string& out, const Cells& names) {
  append_row(out, names);
  for (std::size_t i = 0; i < names.size(); ++i) out += "|---";
  out += "|\n";
}

void append_fact(std::string& out, std::string_view name, const std::string& cell) {
  if (!cell.empty()) append_row(out, {std::string(name), cell});
}

std::string capitalized(std::string_view text) {
  std::string result(text);
  if (!result.empty() && result[0] >= 'a' && result[0] <= 'z') {
    result[0] = static_cast<char>(result[0] - 'a' + 'A');
  }
  return result;
}

void append_head(std::string& out, const ReportModel& model) {
  const std::string subject = subject_text(model);
  out += "# WireGuard audit of " +
         (model.of_many() ? subject : "gateway " + markdown_code(subject)) + "\n\n";
  append_heading(out, {"", ""});
  append_fact(out, "Time", to_rfc3339(model.generated_at));
  if (const Inventory* inventory = model.inventory) {
    append_fact(out, "Inventory",
                markdown_code(inventory->path) + ", " +
                    count_of(inventory->records.size(), "record", "records"));
    append_fact(out, "SHA-256", markdown_code(inventory->sha256));
  } else {
    append_fact(out, "Inventory", "none");
  }
  append_fact(out, "Memory", markdown_text(memory_text(model)));
  append_fact(out, "Principal", markdown_code(model.options.principal));
  append_fact(out, "Findings", counts_text(model));
}

void append_gateways(std::string& out, const ReportModel& model) {
  out += "\n## Gateways\n\n";
  append_heading(out, {"Gateway", "Interfaces", "Peers", "Findings", ""});
  for (const ReportGateway& gateway : model.gateways) {
    append_row(out,
               {markdown_code(gateway.view->gateway), std::to_string(gateway.view->devices.size()),
                std::to_string(gateway.peers), std::to_string(gateway.findings.size()),
                gateway.read ? "" : "**could not be read**"});
  }
}

void append_finding(std::string& out, const ReportModel& model, const ReportFinding& found) {
  const auto& identity = found.finding->identity;
  out += "\n#### " + rule_code(found.rule->id) + ' ' + markdown_code(found.rule->name);
  if (!found.finding->principal.empty()) out += ": " + markdown_text(found.finding->principal);
  out += "\n\n";
  append_heading(out, {"", ""});
  append_fact(out, "Who", markdown_text(who_text(found)));
  append_fact(out, "Key",
              identity.public_key ? markdown_code(to_string(*identity.public_key)) : "");
  append_fact(out, "Where", markdown_code(where_text(found)));
  append_fact(out, "About", markdown_code(identity.subject));
  append_fact(out, "What", markdown_text(found.finding->detail));
  append_fact(out, capitalized(since_label(model)), since_text(model, found));
  append_fact(out, "Why it matters", std::string(found.rule->reason));
  append_fact(out, "What to do", std::string(found.rule->remedy));
}

void append_findings(std::string& out, const ReportModel& model) {
  out += "\n## Findings\n";
  if (model.open.empty()) out += "\nNone is open.\n";
  Severity severity{};
  for (const ReportFinding* found : model.open) {
    if (found->finding->severity != severity) {
      severity = found->finding->severity;
      out += "\n### " + capitalized(to_string(severity)) + "\n";
    }
    append_finding(out, model, *found);
  }
}

void append_accepted(std::string& out, const ReportModel& model) {
  if (model.accepted.empty()) return;
  out += "\n## Accepted exceptions\n\n";
  append_heading(out, {"Rule", "Severity", "Who", "Where", "What", "Reason", "Until"});
  for (const ReportFinding* found : model.accepted) {
    append_row(out,
               {rule_code(found->rule->id) + ' ' + markdown_code(found->rule->name),
                std::string(to_string(found->finding->severity)), markdown_text(who_text(*found)),
                markdown_code(where_text(*found)), markdown_text(found->finding->detail),
                markdown_text(reason_text(*found)), until_text(*found)});
  }
}

void append_rules(std::string& out, const ReportModel& model) {
  if (!model.in_order.empty()) {
    out += "\n## Checked and in order\n\n";
    append_heading(out, {"Rule", "Would be wrong", "Looked at"});
  }
  for (const InOrder& rule : model.in_order) {
    append_row(out, {rule_code(rule.rule->id) + ' ' + markdown_code(rule.rule->name),
                     std::string(rule.rule->opens_when), looked_at_text(rule)});
  }
  if (!model.not_checked.empty()) {
    out += "\n## Not checked\n\n";
    append_heading(out, {"Rules", "Why", "Gateways"});
  }
  for (const NotChecked& list : model.not_checked) {
    std::string names;
    for (const RuleInfo* rule : list.rules) {
      names += (names.empty() ? "" : ", ") + rule_code(rule->id) + ' ' + markdown_code(rule->name);
    }
    append_row(out, {names, markdown_text(list.why),
                     list.gateways.empty() ? "all" : markdown_text(gateways_text(list))});
  }
}

void append_interfaces(std::string& out, const ReportModel& model, const ReportGateway& gateway) {
  for (const JudgedDevice& judged : gateway.view->devices) {
    const Device& device = *judged.device;
    out += "\n### " + markdown_code(place_text(gateway.view->gateway, device.netns, device.name)) +
           "\n\n" + markdown_text(interface_text(device)) + "; " +
           count_of(device.peers.size(), "peer", "peers") + "\n";
    const auto rows = peer_rows(model, judged);
    if (rows.empty()) continue;
    out += '\n';
    append_heading(out, Cells(kPeerColumns.begin(), kPeerColumns.end()));
    for (const PeerRow& row : rows) {
      Cells cells;
      for (std::size_t i = 0; i < row.size(); ++i) {
        // But for the name all of it is our own writing.
        cells.push_back(i < 2 ? markdown_code(row[i]) : row[i]);
      }
      append_row(out, cells);
    }
  }
}

}  // namespace

std::string report_markdown(const ReportModel& model) {
  std::string out;
  append_head(out, model);
  if (model.of_many()) append_gateways(out, model);
  append_findings(out, model);
  append_accepted(out, model);
  append_rules(out, model);
  if (!model.all_problems.empty()) out += "\n## Problems\n\n";
  for (const std::string& problem : model.all_problems) {
    out += "- " + markdown_text(problem) + '\n';
  }
  out += "\n## Interfaces\n";
  for (const ReportGateway& gateway : model.gateways) append_interfaces(out, model, gateway);
  return out;
}

}  // namespace wgaudit
