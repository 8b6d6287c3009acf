// The report as one HTML file: no script, nothing from elsewhere, its style allowed by its hash.
#include "exporter/codec/html.hpp"
#include "exporter/codec/report_words.hpp"
#include "exporter/codec/sha256.hpp"

namespace wgaudit {
namespace {

// Behind the palette.
constexpr std::string_view kRules = R"(
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 76rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-bottom: .25rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; overflow-wrap: anywhere; }
h4 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
code { font: .88em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: 9rem 1fr; gap: .15rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0;
  border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
td code { overflow-wrap: normal; }
.wide { overflow-x: auto; }
.time { white-space: nowrap; }
.peers table { font-size: .82rem; font-variant-numeric: tabular-nums; }
.peers td:nth-child(n+3):nth-child(-n+7) { white-space: nowrap; }
.counts { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 1.5rem 0 0; }
.counts li { list-style: none; border: 1px solid var(--line); border-top: .3rem solid var(--info);
  border-radius: .3rem; padding: .4rem 1rem .5rem; min-width: 7rem; }
.counts b { display: block; font-size: 1.6rem; line-height: 1.2; }
.finding { background: var(--card); border: 1px solid var(--line);
  border-left: .35rem solid var(--info); border-radius: .3rem; padding: .8rem 1rem;
  margin: 0 0 .8rem; break-inside: avoid; }
.counts .critical { border-top-color: var(--critical); }
.counts .high { border-top-color: var(--high); }
.counts .medium { border-top-color: var(--medium); }
.counts .low { border-top-color: var(--low); }
.finding.critical { border-left-color: var(--critical); }
.finding.high { border-left-color: var(--high); }
.finding.medium { border-left-color: var(--medium); }
.finding.low { border-left-color: var(--low); }
h3.critical, .bad { color: var(--critical); }
h3.high { color: var(--high); }
h3.medium { color: var(--medium); }
h3.low { color: var(--low); }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dt { margin-top: .4rem; } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --page: #fff;
  --card: #fff; --critical: #a3112c; --high: #c2410c; --medium: #9a6700; --low: #1d5fa8;
  --info: #444; }
  body { font-size: 10pt; max-width: none; padding: 0; } .wide { overflow: visible; }
  td, td code { overflow-wrap: anywhere; } .peers table { font-size: 7pt; } h2, h3 { break-after: avoid; } tr { break-inside: avoid; }
  thead { display: table-header-group; } @page { margin: 15mm; } }
)";

std::string rule_cell(RuleId id, std::string_view name) {
  return rule_code(id) + ' ' + html_code(name);
}

// Cells are HTML already.
using Cells = std::vector<std::string>;

void append_heading(std::string& out, const Cells& names, std::string_view kind = "wide") {
  out += "<div class=\"" + std::string(kind) + "\">\n<table>\n<thead><tr>";
  for (const std::string& name : names) out += "<th scope=\"col\">" + name + "</th>";
  out += "</tr></thead>\n<tbody>\n";
}

void append_row(std::string& out, const Cells& cells) {
  out += "<tr>";
  for (const std::string& cell : cells) out += "<td>" + cell + "</td>";
  out += "</tr>\n";
}

constexpr std::string_view kTableEnd = "</tbody>\n</table>\n</div>\n";

void append_fact(std::string& out, std::string_view name, const std::string& cell) {
  if (cell.empty()) return;
  out += "<dt>" + std::string(name) + "</dt><dd>" + cell + "</dd>\n";
}

std::string style() { return '\n' + std::string(html_palette()) + std::string(kRules.substr(1)); }

// SHA-256 in base64, as CSP wants it; a key has as many bytes.
std::string style_hash() { return to_string(parse_hex_key(sha256_hex(style())).value_or(Key{})); }

std::string title_of(const ReportModel& model) {
  return "WireGuard audit of " + std::string(model.of_many() ? "" : "gateway ") +
         html_text(subject_text(model));
}

void append_head(std::string& out, const ReportModel& model) {
  out +=
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'sha256-" +
      style_hash() +
      "'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
      title_of(model) + ", " + to_rfc3339(model.generated_at) + "</title>\n<style>" + style() +
      "</style>\n</head>\n<body>\n<h1>" + title_of(model) + "</h1>\n";
}

void append_facts(std::string& out, const ReportModel& model) {
  out += "<dl>\n";
  append_fact(out, "Time", to_rfc3339(model.generated_at));
  if (const Inventory* inventory = model.inventory) {
    append_fact(out, "Inventory",
                html_code(inventory->path) + ", " +
                    count_of(inventory->records.size(), "record", "records"));
    append_fact(out, "SHA-256", html_code(inventory->sha256));
  } else {
    append_fact(out, "Inventory", "none");
  }
  append_fact(out, "Memory", html_text(memory_text(model)));
  append_fact(out, "Principal", html_code(model.options.principal));
  out += "</dl>\n<ul class=\"counts\">\n";
  for (auto level = kSeverities; level > 0; --level) {
    const std::string name(to_string(static_cast<Severity>(level)));
    out += "<li class=\"" + name + "\"><b>" + std::to_string(model.open_count[level]) + "</b>" +
           name + "</li>\n";
  }
  out += "<li><b>" + std::to_string(model.accepted.size()) + "</b>accepted</li>\n</ul>\n";
}

void append_gateways(std::string& out, const ReportModel& model) {
  out += "<h2 id=\"gateways\">Gateways</h2>\n";
  append_heading(out, {"Gateway", "Interfaces", "Peers", "Findings", ""});
  for (const ReportGateway& gateway : model.gateways) {
    append_row(out, {html_code(gateway.view->gateway), std::to_string(gateway.view->devices.size()),
                     std::to_string(gateway.peers), std::to_string(gateway.findings.size()),
                     gateway.read ? "" : "<strong class=\"bad\">could not be read</strong>"});
  }
  out += kTableEnd;
}

// The same finding has the same id in every report.
std::string id_of(const ReportFinding& found) {
  const auto& identity = found.finding->identity;
  const std::string key = identity.public_key ? to_string(*identity.public_key) : "";
  std::string text = rule_code(identity.rule);
  for (const std::string_view part :
       {found.gateway, std::string_view(identity.netns), std::string_view(identity.interface),
        std::string_view(key), std::string_view(identity.subject)}) {
    text += std::to_string(part.size()) + ':' + std::string(part);
  }
  return "f-" + sha256_hex(text).substr(0, 16);
}

void append_finding(std::string& out, const ReportModel& model, const ReportFinding& found) {
  const auto& identity = found.finding->identity;
  const std::string who = found.finding->principal;
  out += "<section class=\"finding " + std::string(to_string(found.finding->severity)) +
         "\" id=\"" + id_of(found) + "\">\n<h4>" + rule_cell(found.rule->id, found.rule->name) +
         (who.empty() ? "" : ": " + html_text(who)) + "</h4>\n<dl>\n";
  append_fact(out, "Who", html_text(who_text(found)));
  append_fact(out, "Key", identity.public_key ? html_code(to_string(*identity.public_key)) : "");
  append_fact(out, "Where", html_code(where_text(found)));
  append_fact(out, "About", html_code(identity.subject));
  append_fact(out, "What", html_text(found.finding->detail));
  append_fact(out, model.memory != nullptr ? "Since" : "Seen at", since_text(model, found));
  append_fact(out, "Why it matters", html_sentence(found.rule->reason));
  append_fact(out, "What to do", html_sentence(found.rule->remedy));
  out += "</dl>\n</section>\n";
}

void append_findings(std::string& out, const ReportModel& model) {
  out += "<h2 id=\"findings\">Findings</h2>\n";
  if (model.open.empty()) out += "<p>None is open.</p>\n";
  Severity severity{};
  for (const ReportFinding* found : model.open) {
    if (found->finding->severity != severity) {
      severity = found->finding->severity;
      const std::string name(to_string(severity));
      out += "<h3 class=\"" + name + "\" id=\"" + name + "\">" + name + "</h3>\n";
    }
    append_finding(out, model, *found);
  }
}

void append_accepted(std::string& out, const ReportModel& model) {
  if (model.accepted.empty()) return;
  out += "<h2 id=\"accepted\">Accepted exceptions</h2>\n";
  append_heading(out, {"Rule", "Severity", "Who", "Where", "What", "Reason", "Until"});
  for (const ReportFinding* found : model.accepted) {
    append_row(out, {"<span id=\"" + id_of(*found) + "\">" +
                         rule_cell(found->rule->id, found->rule->name) + "</span>",
                     std::string(to_string(found->finding->severity)), html_text(who_text(*found)),
                     html_code(where_text(*found)), html_text(found->finding->detail),
                     html_text(reason_text(*found)),
                     "<span class=\"time\">" + html_text(until_text(*found)) + "</span>"});
  }
  out += kTableEnd;
}

void append_rules(std::string& out, const ReportModel& model) {
  if (!model.in_order.empty()) {
    out += "<h2 id=\"in-order\">Checked and in order</h2>\n";
    append_heading(out, {"Rule", "Would be wrong", "Looked at"});
    for (const InOrder& rule : model.in_order) {
      append_row(out, {rule_cell(rule.rule->id, rule.rule->name),
                       html_sentence(rule.rule->opens_when), looked_at_text(rule)});
    }
    out += kTableEnd;
  }
  if (model.not_checked.empty()) return;
  out += "<h2 id=\"not-checked\">Not checked</h2>\n";
  append_heading(out, {"Rules", "Why", "Gateways"});
  for (const NotChecked& list : model.not_checked) {
    std::string names;
    for (const RuleInfo* rule : list.rules) {
      names += (names.empty() ? "" : "<br>") + rule_cell(rule->id, rule->name);
    }
    append_row(out, {names, html_text(list.why),
                     list.gateways.empty() ? "all" : html_text(gateways_text(list))});
  }
  out += kTableEnd;
}

void append_problems(std::string& out, const ReportModel& model) {
  if (model.all_problems.empty()) return;
  out += "<h2 id=\"problems\">Problems</h2>\n<ul>\n";
  for (const std::string& problem : model.all_problems) {
    out += "<li>" + html_text(problem) + "</li>\n";
  }
  out += "</ul>\n";
}

void append_interfaces(std::string& out, const ReportModel& model, const ReportGateway& gateway) {
  for (const JudgedDevice& judged : gateway.view->devices) {
    const Device& device = *judged.device;
    out += "<h3>" + html_code(place_text(gateway.view->gateway, device.netns, device.name)) +
           "</h3>\n<p>" + html_text(interface_text(device)) + "; " +
           count_of(device.peers.size(), "peer", "peers") + "</p>\n";
    const auto rows = peer_rows(model, judged);
    if (rows.empty()) continue;
    append_heading(out, Cells(kPeerColumns.begin(), kPeerColumns.end()), "wide peers");
    for (const PeerRow& row : rows) {
      Cells cells;
      for (std::size_t i = 0; i < row.size(); ++i) {
        cells.push_back(i == 1 ? html_code(row[i]) : html_text(row[i]));
      }
      append_row(out, cells);
    }
    out += kTableEnd;
  }
}

}  // namespace

std::string report_html(const ReportModel& model) {
  std::string out;
  append_head(out, model);
  append_facts(out, model);
  if (model.of_many()) append_gateways(out, model);
  append_findings(out, model);
  append_accepted(out, model);
  append_rules(out, model);
  append_problems(out, model);
  out += "<h2 id=\"interfaces\">Interfaces</h2>\n";
  for (const ReportGateway& gateway : model.gateways) append_interfaces(out, model, gateway);
  return out + "</body>\n</html>\n";
}

}  // namespace wgaudit
