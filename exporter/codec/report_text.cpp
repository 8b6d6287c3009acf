#include <algorithm>

#include "collectors/model/text.hpp"
#include "exporter/codec/report_words.hpp"

namespace wgaudit {
namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

// Characters, not bytes: what a terminal puts side by side.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

using Row = std::vector<std::string>;

// The first row is the heading.
void append_table(std::string& out, std::vector<Row> rows) {
  for (std::string& cell : rows.front()) cell = upper(cell);
  std::vector<std::size_t> widths(rows.front().size());
  for (Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = to_printable(row[i]);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  for (const Row& row : rows) {
    out += ' ';
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += ' ' + row[i];
      if (i + 1 < row.size()) out.append(widths[i] - width_of(row[i]) + 1, ' ');
    }
    while (out.back() == ' ') out.pop_back();
    out += '\n';
  }
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  constexpr std::size_t kWidth = 12;
  if (value.empty()) return;
  out += "  " + std::string(name);
  out.append(kWidth - name.size(), ' ');
  out += to_printable(value) + '\n';
}

void append_finding(std::string& out, const ReportModel& model, const ReportFinding& found) {
  const Finding& finding = *found.finding;
  const auto& key = finding.identity.public_key;
  out += '\n' + upper(to_string(finding.severity)) + ' ' + rule_code(found.rule->id) + ' ' +
         std::string(found.rule->name);
  if (finding.accepted) out += " (accepted by an exception)";
  out += '\n';
  append_line(out, "who", who_text(found));
  append_line(out, "key", key ? to_string(*key) : "");
  append_line(out, "where", where_text(found));
  append_line(out, "about", finding.identity.subject);
  append_line(out, "what", finding.detail);
  append_line(out, since_label(model), since_text(model, found));
  if (finding.accepted) {
    append_line(out, "accepted", reason_text(found));
    append_line(out, "until", until_text(found));
  }
  append_line(out, "why", found.rule->reason);
  append_line(out, "what to do", found.rule->remedy);
}

void append_gateways(std::string& out, const ReportModel& model) {
  out += "\nGATEWAYS: " + std::to_string(model.gateways.size()) + '\n';
  std::vector<Row> rows{{"gateway", "interfaces", "peers", "findings", ""}};
  for (const ReportGateway& gateway : model.gateways) {
    rows.push_back({gateway.view->gateway, std::to_string(gateway.view->devices.size()),
                    std::to_string(gateway.peers), std::to_string(gateway.findings.size()),
                    gateway.read ? "" : "could not be read"});
  }
  append_table(out, std::move(rows));
}

void append_interfaces(std::string& out, const ReportModel& model, const ReportGateway& gateway) {
  for (const JudgedDevice& judged : gateway.view->devices) {
    const Device& device = *judged.device;
    out += '\n' + to_printable(place_text(gateway.view->gateway, device.netns, device.name)) +
           " (" + interface_text(device) + "): " + count_of(device.peers.size(), "peer", "peers") +
           '\n';
    std::vector<Row> rows{Row(kPeerColumns.begin(), kPeerColumns.end())};
    for (PeerRow& row : peer_rows(model, judged)) {
      rows.emplace_back(std::move_iterator(row.begin()), std::move_iterator(row.end()));
    }
    if (rows.size() > 1) append_table(out, std::move(rows));
  }
}

void append_rules(std::string& out, const ReportModel& model) {
  if (!model.in_order.empty()) {
    out += "\nCHECKED AND IN ORDER\n";
    std::vector<Row> rows{{"rule", "looked at"}};
    for (const InOrder& rule : model.in_order) {
      rows.push_back({std::string(rule.rule->name), looked_at_text(rule)});
    }
    append_table(out, std::move(rows));
  }
  if (!model.not_checked.empty()) out += "\nNOT CHECKED\n";
  for (const NotChecked& list : model.not_checked) {
    out += "  ";
    for (const RuleInfo* rule : list.rules) {
      out += (rule == list.rules.front() ? "" : ", ") + std::string(rule->name);
    }
    out += ": " + list.why;
    if (!list.gateways.empty()) out += " (" + to_printable(gateways_text(list)) + ')';
    out += '\n';
  }
}

void append_head(std::string& out, const ReportModel& model) {
  out += "wgaudit report of " + std::string(model.of_many() ? "" : "gateway ") +
         to_printable(subject_text(model)) + " at " + to_rfc3339(model.generated_at) + '\n';
  const Inventory* inventory = model.inventory;
  out += inventory != nullptr ? "inventory " + to_printable(inventory->path) + ", " +
                                    count_of(inventory->records.size(), "record", "records") +
                                    ", sha256 " + inventory->sha256 + '\n'
                              : "no inventory\n";
  out += "memory " + to_printable(memory_text(model)) + '\n';
  if (!model.options.principal.empty()) {
    out += "of " + to_printable(model.options.principal) + " alone\n";
  }
}

}  // namespace

std::string report_text(const ReportModel& model) {
  std::string out;
  append_head(out, model);
  if (model.of_many()) append_gateways(out, model);
  out += "\nFINDINGS: " + counts_text(model) + '\n';
  for (const auto* list : {&model.open, &model.accepted}) {
    for (const ReportFinding* finding : *list) append_finding(out, model, *finding);
  }
  append_rules(out, model);
  std::size_t interfaces = 0;
  for (const ReportGateway& gateway : model.gateways) interfaces += gateway.view->devices.size();
  out += "\nINTERFACES: " + std::to_string(interfaces) + '\n';
  for (const ReportGateway& gateway : model.gateways) append_interfaces(out, model, gateway);
  if (!model.all_problems.empty()) out += "\nPROBLEMS\n";
  for (const std::string& problem : model.all_problems) {
    out += "  " + to_printable(problem) + '\n';
  }
  return out;
}

}  // namespace wgaudit
