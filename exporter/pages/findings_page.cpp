#include <algorithm>

#include "exporter/codec/html.hpp"
#include "exporter/codec/report_words.hpp"
#include "exporter/pages/frame.hpp"
#include "exporter/pages/gateway_page.hpp"
#include "exporter/pages/parameters.hpp"
#include "exporter/pages/sections.hpp"
#include "exporter/pages/words.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kRows = 50, kMostRows = 200, kMostPages = 1'000'000;

void append_form(std::string& out, const Query& query) {
  out +=
      "<form class=\"filters\" method=\"get\" action=\"findings\" role=\"search\" "
      "aria-label=\"Findings\">\n<label class=\"grow\">Who, what or where <input type=\"search\" "
      "name=\"q\" autocomplete=\"off\" value=\"" +
      html_text(query["q"]) + "\"></label>\n<label>Severity <select name=\"severity\">";
  append_option(out, "", "all", query["severity"]);
  for (auto level = kSeverities; level > 0; --level) {
    const std::string_view name = to_string(static_cast<Severity>(level));
    append_option(out, name, std::string(name), query["severity"]);
  }
  out += "</select></label>\n<label>Rule <select name=\"rule\">";
  append_option(out, "", "all", query["rule"]);
  for (const RuleInfo& rule : rules()) {
    append_option(out, rule.name, std::string(rule.name), query["rule"]);
  }
  out += "</select></label>\n<label>State <select name=\"state\">";
  append_option(out, "", "open", query["state"]);
  append_option(out, "accepted", "accepted", query["state"]);
  append_option(out, "all", "both", query["state"]);
  out += "</select></label>\n<button>Show</button>\n";
  if (!query.all().empty()) out += "<a class=\"clear\" href=\"findings\">Clear</a>\n";
  out += "</form>\n";
}

// What a rule is about is said once, where the list is of one.
void append_rule(std::string& out, const RuleInfo& rule) {
  out += "<dl>\n";
  append_fact(out, "Rule", rule_code(rule.id) + ' ' + html_code(rule.name));
  append_fact(out, "Opens when", html_sentence(rule.opens_when));
  append_fact(out, "Why it matters", html_sentence(rule.reason));
  append_fact(out, "What to do", html_sentence(rule.remedy));
  out += "</dl>\n";
}

}  // namespace

Page findings_page(const PageRequest& request) {
  const Query& query = request.query;
  const auto filter = finding_filter_of(query);
  const auto bad = [&](const BadParameter& error) {
    return html_error(request, 400, "Bad request", error.name + ": " + error.why);
  };
  if (!filter) return bad(filter.error());
  const auto limit = number_of(query, "limit", kMostRows, kRows);
  if (!limit) return bad(limit.error());
  const auto asked = number_of(query, "page", kMostPages, 1);
  if (!asked) return bad(asked.error());
  if (request.view == nullptr) {
    return html_error(request, 503, "Findings", "No poll has ended yet.");
  }
  const View& view = *request.view;
  const auto findings = list_findings(view, *filter);
  const std::size_t pages = std::max<std::size_t>(1, (findings.size() + *limit - 1) / *limit);
  const std::size_t page = std::min(*asked, pages), first = (page - 1) * *limit;
  const auto shown = std::span{findings}.subspan(first, std::min(*limit, findings.size() - first));

  std::string main = "<h1>Findings on " + name_html(view.gateway) + "</h1>\n";
  append_finding_counts(main, count_findings(view));
  append_form(main, query);
  if (const std::optional<RuleId>& rule = filter->rule; rule) append_rule(main, rule_info(*rule));
  main += "<p role=\"status\">" + grouped(findings.size()) +
          (findings.size() == 1 ? " finding" : " findings") + "</p>\n";
  if (shown.empty()) {
    main += "<p class=\"empty\">None.</p>\n";
  } else {
    append_finding_table(main, view, shown, "Findings", !filter->rule);
  }
  append_pages(main, query, "findings", "Pages of findings", page, pages);
  return html_page(request, "Findings on " + view.gateway + " – wgaudit", main);
}

}  // namespace wgaudit
