#include "exporter/pages/words.hpp"

#include "exporter/codec/html.hpp"
#include "exporter/codec/human_text.hpp"
#include "exporter/pages/parameters.hpp"

namespace wgaudit {

std::string name_html(std::string_view name) { return "<bdi>" + html_text(name) + "</bdi>"; }

std::string principal_text(std::string_view principal, const Key& key) {
  return principal.empty() ? short_form(key) + "…" : std::string(principal);
}

std::string age_html(WallTime then, WallTime now) {
  const std::string instant = to_rfc3339(then);
  return "<time datetime=\"" + instant + "\" title=\"" + instant.substr(0, 19) + "Z\">" +
         age_text(then, now) + "</time>";
}

std::string instant_html(WallTime time) {
  const std::string instant = to_rfc3339(time);
  return "<time datetime=\"" + instant + "\">" + instant.substr(0, 10) + ' ' +
         instant.substr(11, 8) + "</time>";
}

std::string instant_html(const std::optional<WallTime>& time, std::string_view otherwise) {
  return time ? instant_html(*time) : std::string(otherwise);
}

std::string badge(std::string_view kind, std::string_view word) {
  return "<span class=\"badge " + std::string(kind) + "\">" + html_text(word) + "</span>";
}

std::string severity_badge(Severity severity) {
  return badge(to_string(severity), to_string(severity));
}

std::string link_html(const Query& query, std::string_view path, const std::string& html,
                      std::string_view attributes) {
  return "<a href=\"" + html_text(query.link(path)) + "\"" + std::string(attributes) + ">" + html +
         "</a>";
}

Query peer_query(const DeviceId& device, const Key& key) {
  Query query;
  query.set("interface", to_parameter(device));
  query.set("key", to_string(key));
  return query;
}

std::string place_html(const DeviceId& device) { return name_html(to_parameter(device)); }

std::string grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (auto at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

void append_fact(std::string& out, std::string_view name, const std::string& cell) {
  if (cell.empty()) return;
  out += "<dt>" + std::string(name) + "</dt><dd>" + cell + "</dd>\n";
}

void append_option(std::string& out, std::string_view value, const std::string& label,
                   std::string_view chosen) {
  out += "<option value=\"" + html_text(value) + (value == chosen ? "\" selected>" : "\">") +
         html_text(label) + "</option>";
}

void append_pages(std::string& out, const Query& query, std::string_view path,
                  std::string_view label, std::size_t page, std::size_t pages) {
  if (pages <= 1) return;
  const std::size_t fragment = path.find('#');
  const auto add = [&](std::size_t to, std::string_view name, std::string_view rel) {
    Query at = query;
    at.set("page", to == 1 ? "" : std::to_string(to));
    std::string link = at.link(path.substr(0, fragment));
    if (fragment != std::string_view::npos) link += path.substr(fragment);
    out += "<a href=\"" + html_text(link) + "\"" + std::string(rel) + ">" + std::string(name) +
           "</a>\n";
  };
  out += "<nav class=\"pages\" aria-label=\"" + std::string(label) + "\">\n";
  if (page > 1) add(1, "First", "");
  if (page > 1) add(page - 1, "Previous", " rel=\"prev\"");
  out += "<span>Page " + grouped(page) + " of " + grouped(pages) + "</span>\n";
  if (page < pages) add(page + 1, "Next", " rel=\"next\"");
  if (page < pages) add(pages, "Last", "");
  out += "</nav>\n";
}

}  // namespace wgaudit
