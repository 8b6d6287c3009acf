#include <algorithm>

#include "audit/evaluate.hpp"
#include "exporter/codec/html.hpp"
#include "exporter/codec/human_text.hpp"
#include "exporter/codec/privacy.hpp"
#include "exporter/codec/report_words.hpp"
#include "exporter/pages/parameters.hpp"
#include "exporter/pages/sections.hpp"
#include "exporter/pages/words.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMostPrefixes = 200;

std::string places_text(const std::vector<Place>& places) {
  std::string text;
  for (const Place& place : places) text += (text.empty() ? "" : ", ") + to_string(place);
  return text.empty() ? "nowhere" : text;
}

std::string always_on_text(const AlwaysOn* always_on) {
  if (always_on == nullptr) return "";
  if (always_on->everywhere) return "everywhere";
  std::string text;
  for (const std::string& gateway : always_on->gateways) {
    text += (text.empty() ? "" : ", ") + gateway;
  }
  return text;
}

std::string posture_html(const Record& record) {
  if (!record.posture) return "";
  std::string html =
      record.posture->compliant ? badge("up", "compliant") : badge("bad", "not compliant");
  if (record.posture->checked_at) html += " checked " + instant_html(*record.posture->checked_at);
  return html;
}

std::string tags_text(const Record& record) {
  std::string text;
  for (const auto& [name, value] : record.tags) {
    text += (text.empty() ? "" : ", ");
    text += name;
    text += '=';
    text += value;
  }
  return text;
}

std::string status_html(const ListedPeer& row) {
  const std::string_view status = row.inventory_status();
  return badge(status == "active" ? "up" : status == "unreviewed" ? "warn" : "bad", status);
}

std::string named(std::string_view name) { return name.empty() ? "" : name_html(name); }
std::string date(const std::optional<WallTime>& time) { return instant_html(time, ""); }

void append_who(std::string& out, const View& view, const ListedPeer& row) {
  out += "<h2>Who</h2>\n<dl>\n";
  append_fact(out, "Principal", named(row.principal));
  append_fact(out, "Status", status_html(row));
  const Record* record = row.status->record;
  if (record == nullptr) {
    append_fact(out, "Inventory",
                view.inventory_health.configured ? "This key is not in the inventory."
                                                 : "None is configured: nobody is known.");
    out += "</dl>\n";
    return;
  }
  const Policy policy = view.inventory->resolve(record);
  append_fact(out, "Kind", std::string(to_string(record->kind)));
  append_fact(out, "Device", named(record->device));
  append_fact(out, "Role", named(view.inventory->role_name(*record)));
  append_fact(out, "Owner", named(record->owner));
  append_fact(out, "Tags", named(tags_text(*record)));
  append_fact(out, "Comment", named(record->comment));
  append_fact(out, "May be at", record->at ? named(places_text(*record->at)) : "not checked");
  append_fact(out, "Always on", named(always_on_text(policy.always_on)));
  append_fact(out, "Posture", posture_html(*record));
  append_fact(out, "Revoked", date(record->revoked_at));
  append_fact(out, "Expires", date(record->expires_at));
  for (const Exception& exception : record->exceptions) {
    append_fact(out, "Exception",
                html_code(exception.rule) + ' ' +
                    (exception.reason.empty() ? "" : name_html(exception.reason) + ", ") +
                    (exception.until ? "until " + instant_html(*exception.until) : "without end"));
  }
  out += "</dl>\n";
}

// The same key on other interfaces.
std::string elsewhere_html(const View& view, const ListedPeer& row) {
  std::string html;
  for (const JudgedDevice& judged : view.devices) {
    if (&judged == row.judged || judged.device->find(row.peer->public_key) == nullptr) continue;
    const DeviceId device{judged.device->netns, judged.device->name};
    html += (html.empty() ? "" : ", ") +
            link_html(peer_query(device, row.peer->public_key), "peer", place_html(device));
  }
  return html;
}

void append_key(std::string& out, const View& view, const ListedPeer& row) {
  const Record* record = row.status->record;
  const WallTime first_seen = row.status->first_seen;
  out += "<h2>Key</h2>\n<dl>\n";
  append_fact(out, "Public key", html_code(to_string(row.peer->public_key)));
  append_fact(out, "Preshared key",
              row.peer->preshared_key == PresharedKey::present ? "yes" : "no");
  if (first_seen != WallTime{}) append_fact(out, "First seen", instant_html(first_seen));
  if (record != nullptr) {
    append_fact(out, "Issued", date(record->issued_at));
    append_fact(out, "Replaces", record->replaces ? html_code(to_string(*record->replaces)) : "");
    const auto most = view.inventory->resolve(record).max_key_age;
    append_fact(out, "Rotate after", most ? to_string(*most) : "");
  }
  append_fact(out, "Also on", elsewhere_html(view, row));
  out += "</dl>\n";
}

// Who shook hands has one, whether it is shown or not (--privacy.address none).
std::string endpoint_html(const Peer& peer) {
  if (peer.endpoint.known()) return html_code(endpoint_text(peer.endpoint));
  return peer.has_handshake() ? "not shown" : "none";
}

void append_connection(std::string& out, const View& view, const ListedPeer& row) {
  const Peer& peer = *row.peer;
  const Device& device = *row.judged->device;
  out += "<h2>Connection</h2>\n<dl>\n";
  append_fact(out, "Interface", place_html({device.netns, device.name}));
  append_fact(out, "Session",
              badge(row.status->session_up ? "up" : "down", to_string(row.activity())));
  append_fact(out, "Handshake",
              peer.has_handshake() ? age_html(peer.last_handshake, view.taken.wall) + ", " +
                                         instant_html(peer.last_handshake)
                                   : "never");
  append_fact(out, "Endpoint", endpoint_html(peer));
  append_fact(out, "Received", bytes_text(peer.received_bytes));
  append_fact(out, "Sent", bytes_text(peer.sent_bytes));
  append_fact(out, "Keepalive",
              peer.persistent_keepalive_seconds == 0
                  ? "off"
                  : "every " + std::to_string(peer.persistent_keepalive_seconds) + " s");
  append_fact(out, "Sessions", grouped(row.status->sessions));
  append_fact(out, "Endpoint changes", grouped(row.status->endpoint_changes));
  out += "</dl>\n";
}

bool is_in(const std::optional<std::vector<Cidr>>& list, const Cidr& prefix) {
  return list && std::ranges::find(*list, prefix) != list->end();
}

// What the inventory says of a prefix that the peer has.
std::string verdict_html(const Record* record, const Cidr& prefix) {
  if (record == nullptr || (!record->allowed_ips && !record->allowed_ips_max)) {
    return "<span class=\"soft\">not checked</span>";
  }
  if (is_in(record->allowed_ips, prefix)) return badge("up", "expected");
  if (is_granted(prefix, *record)) return badge("up", "allowed");
  return badge("bad", "extra") + " the record does not grant it";
}

// Of a prefix that it lacks: who has it, if one on this interface does.
std::string holder_html(const View& view, const Device& device, const Cidr& prefix) {
  for (const Peer& peer : device.peers) {
    if (std::ranges::find(device.prefixes_of(peer), prefix) == device.prefixes_of(peer).end()) {
      continue;
    }
    const Key& key = peer.public_key;
    const std::string who = principal_text(principal_of(key, view.inventory->find(key)), key);
    return " it is on " +
           link_html(peer_query({device.netns, device.name}, key), "peer", name_html(who));
  }
  return "";
}

}  // namespace

void append_peer_facts(std::string& out, const View& view, const ListedPeer& row) {
  out += "<div class=\"two\">\n<section>\n";
  append_who(out, view, row);
  out += "</section>\n<section>\n";
  append_connection(out, view, row);
  append_key(out, view, row);
  out += "</section>\n</div>\n";
}

void append_allowed_ips(std::string& out, const View& view, const ListedPeer& row) {
  const Device& device = *row.judged->device;
  const Record* record = row.status->record;
  const auto there = device.prefixes_of(*row.peer);
  std::vector<std::pair<Cidr, std::string>> rows;
  std::size_t all = 0;  // there may be a hundred thousand: those that are not shown are counted
  for (const Cidr& prefix : there) {
    if (++all <= kMostPrefixes) rows.emplace_back(prefix, verdict_html(record, prefix));
  }
  if (record != nullptr && record->allowed_ips) {
    for (const Cidr& prefix : *record->allowed_ips) {
      if (std::ranges::find(there, prefix) != there.end()) continue;
      if (++all > kMostPrefixes) continue;
      rows.emplace_back(prefix, badge("warn", "missing") + holder_html(view, device, prefix));
    }
  }
  out += "<section>\n<h2 id=\"allowed-ips\">Allowed IPs</h2>\n";
  if (rows.empty()) {
    out += "<p class=\"empty\">None: nothing can be routed to this peer.</p>\n</section>\n";
    return;
  }
  out +=
      "<table>\n<caption class=\"hidden\">Allowed IPs against the inventory</caption>\n"
      "<thead><tr><th scope=\"col\">Prefix</th><th scope=\"col\">Inventory</th></tr></thead>\n"
      "<tbody>\n";
  for (const auto& [prefix, verdict] : rows) {
    out += "<tr><th scope=\"row\">" + html_code(to_string(prefix)) + "</th><td>" + verdict +
           "</td></tr>\n";
  }
  out += "</tbody>\n</table>\n";
  if (all > rows.size()) out += "<p>And " + grouped(all - rows.size()) + " more.</p>\n";
  out += "</section>\n";
}

}  // namespace wgaudit
