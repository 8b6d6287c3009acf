#include <algorithm>

#include "exporter/codec/html.hpp"
#include "exporter/codec/privacy_view.hpp"
#include "exporter/pages/frame.hpp"
#include "exporter/pages/gateway_page.hpp"
#include "exporter/pages/parameters.hpp"
#include "exporter/pages/sections.hpp"
#include "exporter/pages/words.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kSessions = 20, kAddresses = 20, kEvents = 30, kClosed = 20, kFindings = 20;

// The peer on the interface that is asked for, or on the first that has it.
std::optional<ListedPeer> find_peer(const View& view, const std::optional<DeviceId>& id,
                                    const Key& key) {
  for (const JudgedDevice& judged : view.devices) {
    const Device& device = *judged.device;
    if (id && *id != DeviceId(device.netns, device.name)) continue;
    const Peer* peer = device.find(key);
    if (peer == nullptr) continue;
    const auto index = static_cast<std::size_t>(peer - device.peers.data());
    ListedPeer row{&judged, peer, &judged.peers[index], {}};
    row.principal = principal_of(key, row.status->record);
    return row;
  }
  return std::nullopt;
}

// The past of the key on the interface; on any where it is on none now.
HistoryRequest history_of(const Key& key, const std::optional<DeviceId>& device) {
  HistoryRequest request;
  request.sessions = {.key = key, .limit = kSessions, .device = device};
  request.endpoints = {.key = key, .limit = kAddresses, .device = device};
  request.findings = {.key = key, .limit = kClosed, .device = device};
  request.events = {.device = device, .key = key, .limit = kEvents};
  return request;
}

void append_past(std::string& out, const PageRequest& request, const Key& key,
                 const std::optional<DeviceId>& device) {
  auto past = request.source->history(history_of(key, device));
  if (past) return append_history(out, shown(*std::move(past), request.source->origin.privacy));
  out += "<div class=\"notice\"><strong>The past cannot be shown</strong>\n<p>" +
         name_html(past.error().message()) + "</p></div>\n";
}

void append_peer_findings(std::string& out, const View& view, const ListedPeer& row) {
  const DeviceId device{row.judged->device->netns, row.judged->device->name};
  const auto findings = list_findings(
      view, {.state = FindingState::all, .device = device, .key = row.peer->public_key});
  out += "<section>\n<h2 id=\"findings\">Findings</h2>\n";
  if (findings.empty()) out += "<p class=\"empty\">None.</p>\n";
  for (const Finding* finding : std::span(findings).first(std::min(findings.size(), kFindings))) {
    const RuleInfo& rule = rule_info(finding->identity.rule);
    out += "<article class=\"finding " +
           std::string(finding->accepted ? "info" : to_string(finding->severity)) +
           "\">\n<div>\n<h3>" + severity_badge(finding->severity) + ' ' + rule_code(rule.id) + ' ' +
           std::string(rule.name) + (finding->accepted ? " (accepted)" : "") + "</h3>\n<dl>\n";
    append_fact(out, "What", name_html(finding->detail));
    append_fact(out, "Since", instant_html(finding->since));
    append_fact(out, "Why it matters", html_sentence(rule.reason));
    append_fact(out, "What to do", html_sentence(rule.remedy));
    out += "</dl>\n</div>\n</article>\n";
  }
  if (findings.size() > kFindings) {
    Query query = peer_query(device, row.peer->public_key);
    query.set("state", "all");
    out += "<p>" + link_html(query, "findings", "All " + grouped(findings.size()) + " findings") +
           "</p>\n";
  }
  out += "</section>\n";
}

Page absent_peer(const PageRequest& request, const Key& key) {
  std::string main =
      "<h1>No such peer</h1>\n<p>" + html_code(to_string(key)) + " is not configured there now.";
  if (const Record* record = request.view->inventory->find(key)) {
    main += " The inventory has it as " + name_html(principal_text(record->principal, key)) + '.';
  }
  main += "</p>\n";
  append_past(main, request, key, device_of(request.query));
  return html_page(request, "No such peer – wgaudit", main, 404);
}

}  // namespace

Page peer_page(const PageRequest& request) {
  const auto key = key_of(request.query);
  if (!key) {
    return html_error(request, 400, "Bad request", key.error().name + ": " + key.error().why);
  }
  const std::optional<Key>& wanted = *key;
  if (!wanted) return html_error(request, 400, "Bad request", "key: which peer?");
  if (request.view == nullptr) return html_error(request, 503, "Peer", "No poll has ended yet.");
  const View& view = *request.view;
  const auto row = find_peer(view, device_of(request.query), *wanted);
  if (!row) return absent_peer(request, *wanted);

  const DeviceId device{row->judged->device->netns, row->judged->device->name};
  const std::string who = principal_text(row->principal, *wanted);
  std::string main = "<p><a href=\"./#peers\">All peers of " + name_html(view.gateway) +
                     "</a></p>\n<h1>" + name_html(who) + "</h1>\n<p class=\"soft\">on " +
                     place_html(device) + ", polled " +
                     age_html(view.taken.wall, request.source->now()) + "</p>\n";
  append_peer_findings(main, view, *row);
  append_peer_facts(main, view, *row);
  append_allowed_ips(main, view, *row);
  append_past(main, request, *wanted, device);
  return html_page(request, who + " on " + view.gateway + " – wgaudit", main);
}

}  // namespace wgaudit
