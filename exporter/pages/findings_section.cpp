#include <algorithm>

#include "exporter/codec/html.hpp"
#include "exporter/codec/report_words.hpp"
#include "exporter/pages/parameters.hpp"
#include "exporter/pages/sections.hpp"
#include "exporter/pages/words.hpp"

namespace wgaudit {
namespace {

// Of a page that stays small whatever is wrong: rows of one rule, and of all together.
constexpr std::size_t kRowsOfRule = 5, kRowsOfAll = 60;
constexpr std::size_t kOpenGroups = 2;  // that a reader need not open first

std::string count_html(std::size_t count, std::string_view name, std::string_view address) {
  const std::string kind = count == 0 ? "none" : std::string(name);
  return "<li class=\"" + kind + "\"><a href=\"" + html_text(address) + "\"><b>" + grouped(count) +
         "</b>" + std::string(name) + "</a></li>\n";
}

std::string subject_html(const View& view, const Finding& finding) {
  const FindingIdentity& identity = finding.identity;
  if (!identity.public_key) {
    return identity.subject.empty() ? "<span class=\"soft\">this gateway</span>"
                                    : name_html(identity.subject);
  }
  const DeviceId device{identity.netns, identity.interface};
  const std::string who =
      finding.principal.empty() ? to_string(*identity.public_key) : finding.principal;
  const JudgedDevice* judged = find_device(view, device);
  const bool there = judged != nullptr && judged->device->find(*identity.public_key) != nullptr;
  std::string html =
      there ? link_html(peer_query(device, *identity.public_key), "peer", name_html(who))
            : name_html(who);
  const Record* record = view.inventory->find(*identity.public_key);
  if (record != nullptr && !record->device.empty()) {
    html += "<span class=\"sub\">" + name_html(record->device) + "</span>";
  }
  return html;
}

std::string where_html(const FindingIdentity& identity) {
  if (identity.interface.empty() && identity.netns.empty()) return "";
  if (identity.interface.empty()) return "namespace " + name_html(identity.netns);
  return place_html({identity.netns, identity.interface});
}

// Of one that an exception accepts: why, and until when.
std::string accepted_html(const View& view, const Finding& finding) {
  if (!finding.accepted) return "";
  const auto& key = finding.identity.public_key;
  const Record* record = key ? view.inventory->find(*key) : nullptr;
  const std::string_view rule = rule_info(finding.identity.rule).name;
  const Exception* exception =
      record == nullptr ? nullptr : find_exception(*record, rule, view.taken.wall);
  std::string html = "<span class=\"sub\">Accepted";
  if (exception != nullptr) {
    if (!exception->reason.empty()) html += ": " + name_html(exception->reason) + ',';
    html += exception->until ? " until " + instant_html(*exception->until) : " without end";
  }
  return html + "</span>";
}

void append_group(std::string& out, const View& view, std::span<const Finding* const> group,
                  std::size_t shown, bool open) {
  const Severity severity = group.front()->severity;
  const RuleInfo& rule = rule_info(group.front()->identity.rule);
  const std::string name(rule.name);
  out += "<details class=\"finding " + std::string(to_string(severity)) + "\"" +
         (open ? " open" : "") + ">\n<summary>" + severity_badge(severity) +
         " <span class=\"count\">" + grouped(group.size()) + "</span><strong>" + name +
         "</strong> <span class=\"sub\">" + html_sentence(rule.opens_when) +
         "</span></summary>\n<div>\n<dl>\n";
  append_fact(out, "Why it matters", html_sentence(rule.reason));
  append_fact(out, "What to do", html_sentence(rule.remedy));
  append_fact(out, "Code", rule_code(rule.id));
  out += "</dl>\n";
  append_finding_table(out, view, group.first(std::min(shown, group.size())), "Findings of " + name,
                       false);
  if (shown < group.size()) {
    Query query;
    query.set("rule", name);
    query.set("severity", to_string(severity));
    out += "<p>" + link_html(query, "findings", "All " + grouped(group.size()) + " of " + name) +
           "</p>\n";
  }
  out += "</div>\n</details>\n";
}

}  // namespace

void append_finding_counts(std::string& out, const FindingTotals& totals) {
  out += "<ul class=\"counts\" aria-label=\"Open findings by severity\">\n";
  for (auto level = kSeverities; level > 0; --level) {
    const std::string_view name = to_string(static_cast<Severity>(level));
    out += count_html(totals.open[level], name, "findings?severity=" + std::string(name));
  }
  out += count_html(totals.accepted, "accepted", "findings?state=accepted") + "</ul>\n";
}

void append_finding_table(std::string& out, const View& view,
                          std::span<const Finding* const> findings, std::string_view caption,
                          bool with_rule) {
  out += "<table class=\"cards\" role=\"table\">\n<caption class=\"hidden\">" + html_text(caption) +
         "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" "
         "role=\"columnheader\">Who or what</th>" +
         std::string(with_rule ? "<th scope=\"col\" role=\"columnheader\">Rule</th>" : "") +
         "<th scope=\"col\" role=\"columnheader\">Where</th><th scope=\"col\" "
         "role=\"columnheader\">What</th><th scope=\"col\" role=\"columnheader\">Since</th></tr>"
         "</thead>\n<tbody role=\"rowgroup\">\n";
  const auto cell = [&](std::string_view label, const std::string& html) {
    out +=
        "<td role=\"cell\" data-label=\"" + std::string(label) + "\"><div>" + html + "</div></td>";
  };
  for (const Finding* finding : findings) {
    out += "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">" + subject_html(view, *finding) +
           "</th>";
    if (with_rule) {
      cell("Rule", severity_badge(finding->severity) + ' ' +
                       std::string(rule_info(finding->identity.rule).name));
    }
    cell("Where", where_html(finding->identity));
    cell("What", name_html(finding->detail) + accepted_html(view, *finding));
    cell("Since", age_html(finding->since, view.taken.wall));
    out += "</tr>\n";
  }
  out += "</tbody>\n</table>\n";
}

void append_findings_section(std::string& out, const View& view) {
  const FindingTotals totals = count_findings(view);
  out += "<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Open findings</h2>\n";
  append_finding_counts(out, totals);
  const auto findings = list_findings(view, {});
  if (findings.empty()) out += "<p class=\"empty\">None is open.</p>\n";
  std::size_t left = kRowsOfAll, groups = 0;
  for (auto begin = findings.begin(); begin != findings.end();) {
    const auto end = std::find_if(begin, findings.end(), [&](const Finding* finding) {
      return finding->severity != (*begin)->severity ||
             finding->identity.rule != (*begin)->identity.rule;
    });
    const auto count = static_cast<std::size_t>(end - begin);
    const std::size_t shown = std::min({count, kRowsOfRule, left});
    const bool open = groups++ < kOpenGroups && (*begin)->severity >= Severity::high;
    append_group(out, view, {begin, end}, shown, open);
    left -= shown;
    begin = end;
  }
  out += "</section>\n";
}

}  // namespace wgaudit
