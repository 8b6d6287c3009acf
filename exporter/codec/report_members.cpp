#include "exporter/codec/report_members.hpp"

#include "exporter/codec/privacy.hpp"

namespace wgaudit {
namespace {

// Who the inventory says that this is.
void write_who(JsonWriter& out, const View& view, const Peer& peer, const PeerStatus& status) {
  out.text("principal", principal_of(peer.public_key, status.record));
  const Record* record = status.record;
  out.text_or_null("kind", record != nullptr ? to_string(record->kind) : "");
  out.text_or_null("device", record != nullptr ? record->device : "");
  out.text_or_null("role", record != nullptr ? view.inventory->role_name(*record) : "");
  out.text("status", record != nullptr ? to_string(record->status) : "unknown");
}

}  // namespace

void write_interface_members(JsonWriter& out, const Device& device) {
  out.text("name", device.name);
  out.text("netns", device.netns);
  out.text("implementation", to_string(device.implementation));
  out.text_or_null("public_key", device.public_key ? to_string(*device.public_key) : "");
  out.number("listen_port", device.listen_port);
  out.number("firewall_mark", device.firewall_mark);
  if (device.link) {
    out.number("mtu", device.link->mtu_bytes);
    out.boolean("up", device.link->up);
  } else {
    out.null("mtu");
    out.null("up");
  }
}

void write_peer_members(JsonWriter& out, const View& view, const Device& device, const Peer& peer,
                        const PeerStatus& status) {
  out.text("public_key", to_string(peer.public_key));
  out.text_or_null("endpoint", endpoint_text(peer.endpoint));
  out.key("allowed_ips");
  out.begin_array(JsonWriter::Layout::inline_);
  for (const Cidr& cidr : device.prefixes_of(peer)) out.text(to_string(cidr));
  out.end_array();
  out.text_or_null("last_handshake", peer.has_handshake() ? to_rfc3339(peer.last_handshake) : "");
  out.number("received_bytes", peer.received_bytes);
  out.number("sent_bytes", peer.sent_bytes);
  out.number("persistent_keepalive_seconds", peer.persistent_keepalive_seconds);
  out.boolean("has_preshared_key", peer.preshared_key == PresharedKey::present);
  out.boolean("session_up", status.session_up);
  write_who(out, view, peer, status);
}

void write_finding_members(JsonWriter& out, const Finding& finding) {
  const RuleInfo& rule = rule_info(finding.identity.rule);
  const auto& key = finding.identity.public_key;
  out.text("rule", rule.name);
  out.text("code", rule_code(rule.id));
  out.text("severity", to_string(finding.severity));
  out.text("netns", finding.identity.netns);
  out.text("interface", finding.identity.interface);
  out.text_or_null("public_key", key ? to_string(*key) : "");
  out.text("subject", finding.identity.subject);
  out.text_or_null("principal", finding.principal);
  out.text("since", to_rfc3339(finding.since));
  out.text("detail", finding.detail);
  out.text("remedy", rule.remedy);
  out.boolean("accepted", finding.accepted);
}

}  // namespace wgaudit
