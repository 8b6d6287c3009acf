#include <algorithm>
#include <array>
#include <set>

#include "exporter/codec/html.hpp"
#include "exporter/codec/human_text.hpp"
#include "exporter/pages/parameters.hpp"
#include "exporter/pages/sections.hpp"
#include "exporter/pages/words.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kRows = 50, kMostRows = 200;  // of a page
constexpr std::size_t kMostPages = 1'000'000;
constexpr std::size_t kMostOptions = 100;  // of a list to choose from
constexpr std::size_t kBadges = 3;         // of a row; further ones are counted

struct Column {
  std::string_view name, sort, kind;
  bool descending;  // at first
};
constexpr Column kColumns[] = {
    {"Peer", "principal", "", false},          {"Session", "", "", false},
    {"Handshake", "last_handshake", "", true}, {"Received", "received_bytes", "num", true},
    {"Sent", "sent_bytes", "num", true},       {"Findings", "findings", "", true}};

struct Choice {
  std::string_view value, label;
};
constexpr Choice kSessions[] = {
    {"", "all"}, {"up", "up"}, {"down", "down"}, {"never", "never connected"}};
constexpr Choice kStatusChoices[] = {{"", "all"},
                                     {"active", "active"},
                                     {"unreviewed", "unreviewed"},
                                     {"disabled", "disabled"},
                                     {"revoked", "revoked"},
                                     {"unknown", "unknown"}};
constexpr Choice kSortChoices[] = {{"", "name"},
                                   {"-last_handshake", "latest handshake"},
                                   {"last_handshake", "oldest handshake"},
                                   {"-received_bytes", "most received"},
                                   {"-sent_bytes", "most sent"},
                                   {"-findings", "worst finding"},
                                   {"status", "status"}};
constexpr Choice kRowChoices[] = {{"25", "25"}, {"", "50"}, {"100", "100"}, {"200", "200"}};

void begin_select(std::string& out, std::string_view label, std::string_view name) {
  out += "<label>" + std::string(label) + " <select name=\"" + std::string(name) + "\">";
}
constexpr std::string_view kEndSelect = "</select></label>\n";

void append_choices(std::string& out, std::string_view label, std::string_view name,
                    std::span<const Choice> choices, std::string_view chosen) {
  begin_select(out, label, name);
  for (const Choice& choice : choices) {
    append_option(out, choice.value, std::string(choice.label), chosen);
  }
  out += kEndSelect;
}

// What is chosen may be none of those that there are.
void append_names(std::string& out, std::string_view label, std::string_view name,
                  std::vector<std::string> names, std::string_view chosen) {
  if (!chosen.empty() && std::ranges::find(names, chosen) == names.end()) {
    names.emplace_back(chosen);
  }
  begin_select(out, label, name);
  append_option(out, "", "all", chosen);
  for (const std::string& one : names) append_option(out, one, one, chosen);
  out += kEndSelect;
}

void append_finding_choice(std::string& out, const View& view, std::string_view chosen) {
  begin_select(out, "Findings", "finding");
  append_option(out, "", "all", chosen);
  append_option(out, "any", "some open", chosen);
  append_option(out, "none", "none open", chosen);
  append_option(out, "high", "high or worse", chosen);
  std::set<RuleId> rules;
  for (const Finding& finding : view.findings) {
    if (!finding.accepted && finding.identity.public_key) rules.insert(finding.identity.rule);
  }
  for (const RuleId id : rules) {
    const std::string_view name = rule_info(id).name;
    append_option(out, name, std::string(name), chosen);
  }
  out += kEndSelect;
}

std::vector<std::string> role_names(const View& view) {
  std::vector<std::string> names;
  for (const InventoryRole& role : view.inventory->roles) {
    if (names.size() < kMostOptions) names.push_back(role.name);
  }
  return names;
}

std::vector<std::string> interface_names(const View& view) {
  std::vector<std::string> names;
  for (const JudgedDevice& judged : view.devices) {
    if (names.size() == kMostOptions) break;
    names.push_back(to_parameter({judged.device->netns, judged.device->name}));
  }
  return names;
}

void append_form(std::string& out, const View& view, const Query& query) {
  out +=
      "<form class=\"filters\" method=\"get\" action=\"./#peers\" role=\"search\" "
      "aria-label=\"Peers\">\n<label class=\"grow\">Name, device, key or address "
      "<input type=\"search\" name=\"q\" autocomplete=\"off\" value=\"" +
      html_text(query["q"]) + "\"></label>\n";
  append_choices(out, "Session", "session", kSessions, query["session"]);
  append_choices(out, "Status", "status", kStatusChoices, query["status"]);
  if (auto roles = role_names(view); !roles.empty()) {
    append_names(out, "Role", "role", std::move(roles), query["role"]);
  }
  append_finding_choice(out, view, query["finding"]);
  if (auto names = interface_names(view); names.size() > 1) {
    append_names(out, "Interface", "interface", std::move(names), query["interface"]);
  }
  append_choices(out, "Sort by", "sort", kSortChoices, query["sort"]);
  append_choices(out, "Rows", "limit", kRowChoices, query["limit"]);
  out += "<button>Show</button>\n";
  if (!query.all().empty()) out += "<a class=\"clear\" href=\"./#peers\">Clear</a>\n";
  out += "</form>\n";
}

// A heading that sorts: the other way round when it does already.
void append_heading(std::string& out, const Column& column, const PeerOrder& order,
                    const Query& query) {
  out += "<th scope=\"col\" role=\"columnheader\"";
  if (!column.kind.empty()) out += " class=\"" + std::string(column.kind) + "\"";
  const std::string up(column.sort), down = '-' + up, now = to_string(order);
  if (now == up && !up.empty()) out += " aria-sort=\"ascending\"";
  if (now == down) out += " aria-sort=\"descending\"";
  out += '>';
  if (up.empty()) {
    out += std::string(column.name) + "</th>";
    return;
  }
  Query link = query;
  std::string next = column.descending ? down : up;
  if (now == next) next = column.descending ? up : down;
  link.set("sort", next == "principal" ? "" : next);
  link.set("page", "");
  const std::string_view arrow = now == up ? " ▲" : now == down ? " ▼" : "";
  out +=
      "<a href=\"" + html_text(link.link("./")) + "#peers\">" + std::string(column.name) + "</a>";
  if (!arrow.empty()) out += "<span aria-hidden=\"true\">" + std::string(arrow) + "</span>";
  out += "</th>";
}

std::string who_html(const View& view, const ListedPeer& row, bool with_place) {
  const DeviceId device{row.judged->device->netns, row.judged->device->name};
  const Key& key = row.peer->public_key;
  std::string html =
      link_html(peer_query(device, key), "peer", name_html(principal_text(row.principal, key)));
  std::string sub;
  const auto add = [&](const std::string& part) {
    sub += (sub.empty() || part.empty() ? "" : " · ") + part;
  };
  if (const Record* record = row.status->record) {
    if (!record->device.empty()) add(name_html(record->device));
    if (const auto role = view.inventory->role_name(*record); !role.empty()) add(name_html(role));
  }
  if (with_place) add(place_html(device));
  return sub.empty() ? html : html + "<span class=\"sub\">" + sub + "</span>";
}

std::string session_html(const ListedPeer& row) {
  const std::string_view activity = to_string(row.activity());
  std::string html = badge(row.activity() == PeerActivity::up ? "up" : "down", activity);
  const std::string_view status = row.inventory_status();
  if (status == "active") return html;
  const bool bad = status == "revoked" || status == "unknown" || status == "disabled";
  return html + ' ' + badge(bad ? "bad" : "warn", status);
}

std::string findings_html(const ListedPeer& row, const PeerList& list) {
  if (row.open_findings == 0) return "<span class=\"soft\">none</span>";
  std::string html;
  std::size_t shown = 0;
  for (const Finding* finding : list.findings_of(row)) {
    if (finding->accepted || shown == kBadges) continue;
    ++shown;
    html += badge(to_string(finding->severity), rule_info(finding->identity.rule).name) + ' ';
  }
  if (row.open_findings > shown) html += "and " + grouped(row.open_findings - shown) + " more";
  return html;
}

void append_row(std::string& out, const View& view, const ListedPeer& row, const PeerList& list) {
  const auto cell = [&](std::string_view label, const std::string& html,
                        std::string_view kind = "") {
    out += "<td role=\"cell\"" + (kind.empty() ? "" : " class=\"" + std::string(kind) + "\"") +
           " data-label=\"" + std::string(label) + "\"><div>" + html + "</div></td>";
  };
  out += "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">" +
         who_html(view, row, view.devices.size() > 1) + "</th>";
  cell("Session", session_html(row));
  cell("Handshake", row.peer->has_handshake() ? age_html(row.peer->last_handshake, view.taken.wall)
                                              : "<span class=\"soft\">never</span>");
  cell("Received", bytes_text(row.peer->received_bytes), "num");
  cell("Sent", bytes_text(row.peer->sent_bytes), "num");
  cell("Findings", findings_html(row, list));
  out += "</tr>\n";
}

void append_table(std::string& out, const PageRequest& request, std::span<const ListedPeer> rows,
                  const PeerList& list, const PeerOrder& order) {
  out +=
      "<table class=\"cards\" role=\"table\">\n<caption class=\"hidden\">Peers</caption>\n"
      "<thead role=\"rowgroup\"><tr role=\"row\">";
  for (const Column& column : kColumns) append_heading(out, column, order, request.query);
  out += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
  for (const ListedPeer& row : rows) append_row(out, *request.view, row, list);
  out += "</tbody>\n</table>\n";
}

std::string summary(std::size_t first, std::size_t shown, std::size_t found, std::size_t all) {
  std::string text;
  if (shown > 0) {
    text = grouped(first + 1) + "–" + grouped(first + shown) + " of " + grouped(found);
  } else {
    text = "0";
  }
  if (found != all) text += " that match, of " + grouped(all);
  return text + (all == 1 ? " peer" : " peers");
}

}  // namespace

std::expected<void, BadParameter> append_peers_section(std::string& out,
                                                       const PageRequest& request) {
  const View& view = *request.view;
  const auto filter = peer_filter_of(request.query);
  if (!filter) return std::unexpected(filter.error());
  const auto order = peer_order_of(request.query);
  if (!order) return std::unexpected(order.error());
  const auto limit = number_of(request.query, "limit", kMostRows, kRows);
  if (!limit) return std::unexpected(limit.error());
  const auto asked = number_of(request.query, "page", kMostPages, 1);
  if (!asked) return std::unexpected(asked.error());

  PeerList list = list_peers(view, *filter);
  const std::size_t found = list.rows.size();
  const std::size_t pages = std::max<std::size_t>(1, (found + *limit - 1) / *limit);
  const std::size_t page = std::min(*asked, pages), first = (page - 1) * *limit;
  const auto rows = first_peers(list.rows, *order, first + *limit, std::nullopt);
  const auto shown = rows.subspan(std::min(first, rows.size()));

  out += "<section aria-labelledby=\"peers\">\n<h2 id=\"peers\">Peers</h2>\n";
  append_form(out, view, request.query);
  out += "<p role=\"status\">" + summary(first, shown.size(), found, list.all) + "</p>\n";
  if (!shown.empty()) {
    append_table(out, request, shown, list, *order);
  } else {
    out += "<p class=\"empty\">" +
           std::string(list.all == 0 ? "No peer is configured." : "No peer matches.") + "</p>\n";
  }
  append_pages(out, request.query, "./#peers", "Pages of peers", page, pages);
  out += "</section>\n";
  return {};
}

}  // namespace wgaudit
