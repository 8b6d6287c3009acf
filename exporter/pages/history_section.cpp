// What the state database tells of a peer's past.
#include <algorithm>
#include <array>

#include "exporter/codec/event_message.hpp"
#include "exporter/codec/html.hpp"
#include "exporter/codec/human_text.hpp"
#include "exporter/codec/privacy.hpp"
#include "exporter/pages/sections.hpp"
#include "exporter/pages/words.hpp"

namespace wgaudit {
namespace {

using Cells = std::vector<std::string>;

// A table with a heading of its own; the first cell of a row names it.
void append_table(std::string& out, std::string_view heading, const std::vector<Cells>& rows,
                  std::span<const std::string_view> columns, std::string_view none) {
  out += "<section>\n<h2>" + std::string(heading) + "</h2>\n";
  if (rows.empty()) {
    out += "<p class=\"empty\">" + std::string(none) + "</p>\n</section>\n";
    return;
  }
  out += "<table class=\"cards\" role=\"table\">\n<caption class=\"hidden\">" +
         std::string(heading) + "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">";
  for (const std::string_view column : columns) {
    out += "<th scope=\"col\" role=\"columnheader\">" + std::string(column) + "</th>";
  }
  out += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
  for (const Cells& row : rows) {
    out += "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">" + row.front() + "</th>";
    for (std::size_t i = 1; i < row.size(); ++i) {
      out += "<td role=\"cell\" data-label=\"" + std::string(columns[i]) + "\"><div>" + row[i] +
             "</div></td>";
    }
    out += "</tr>\n";
  }
  out += "</tbody>\n</table>\n</section>\n";
}

std::string duration_text(const SessionRecord& session) {
  if (!session.ended) return "";
  return span_text(*session.ended - session.started);
}

// "session_timeout" → "session timeout"
std::string spaced(std::string text) {
  std::ranges::replace(text, '_', ' ');
  return html_text(text);
}

void append_sessions(std::string& out, const std::vector<SessionRecord>& sessions) {
  constexpr std::array<std::string_view, 7> kColumns{"Started",  "Ended", "Lasted",      "From",
                                                     "Received", "Sent",  "Why it ended"};
  std::vector<Cells> rows;
  for (const SessionRecord& session : sessions) {
    const bool ended = session.ended.has_value();
    rows.push_back({(session.start_unknown ? "before " : "") + instant_html(session.started),
                    ended ? instant_html(*session.ended) : badge("up", "running"),
                    duration_text(session),
                    session.endpoint.known() ? html_code(endpoint_text(session.endpoint)) : "–",
                    ended ? bytes_text(session.received_bytes) : "–",
                    ended ? bytes_text(session.sent_bytes) : "–", spaced(session.end_reason)});
  }
  append_table(out, "Sessions", rows, kColumns, "The history has none.");
}

void append_endpoints(std::string& out, const std::vector<SeenEndpoint>& endpoints) {
  constexpr std::array<std::string_view, 3> kColumns{"Address", "First seen", "Last seen"};
  std::vector<Cells> rows;
  for (const SeenEndpoint& seen : endpoints) {
    const std::string address = to_string(seen.endpoint.address);
    rows.push_back(
        {address.empty() ? "not shown" : html_code(address), instant_html(seen.endpoint.first_seen),
         seen.endpoint.last_seen ? instant_html(*seen.endpoint.last_seen) : badge("up", "now")});
  }
  append_table(out, "Addresses", rows, kColumns, "The history has none.");
}

void append_events(std::string& out, const std::vector<Event>& events) {
  constexpr std::array<std::string_view, 3> kColumns{"Time", "Event", "What happened"};
  std::vector<Cells> rows;
  for (const Event& event : events) {
    rows.push_back(
        {instant_html(event.at), html_code(to_string(event.action)), name_html(message_of(event))});
  }
  append_table(out, "Events", rows, kColumns, "None of the events that are kept is about it.");
}

void append_closed(std::string& out, const std::vector<FindingRecord>& records) {
  constexpr std::array<std::string_view, 4> kColumns{"Rule", "Since", "Closed", "Why it closed"};
  std::vector<Cells> rows;
  for (const FindingRecord& record : records) {
    if (!record.closed) continue;
    const Finding& finding = record.finding;
    rows.push_back({severity_badge(finding.severity) + ' ' +
                        std::string(rule_info(finding.identity.rule).name) +
                        "<span class=\"sub\">" + name_html(finding.detail) + "</span>",
                    instant_html(finding.since), instant_html(*record.closed),
                    spaced(record.close_reason)});
  }
  if (!rows.empty()) append_table(out, "Findings that closed", rows, kColumns, "");
}

}  // namespace

void append_history(std::string& out, const HistoryAnswer& past) {
  append_sessions(out, past.sessions);
  append_endpoints(out, past.endpoints);
  append_closed(out, past.findings);
  append_events(out, past.events);
  if (past.extent.complete_since) {
    out += "<p class=\"soft\">The history is whole since " +
           instant_html(*past.extent.complete_since) +
           ": what ended before was removed by its age or size.</p>\n";
  }
}

}  // namespace wgaudit
