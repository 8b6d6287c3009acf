#include "audit/tell.hpp"

#include <algorithm>
#include <utility>

namespace wgaudit {
namespace {

SessionRecord running(const DeviceId& id, const PeerMemory& peer, const SessionMemory& session,
                      const Inventory& inventory) {
  SessionRecord record;
  record.number = session.number;
  record.device = id;
  record.public_key = peer.public_key;
  record.principal = principal_of(peer.public_key, inventory.find(peer.public_key));
  record.started = session.started;
  record.start_unknown = session.start_unknown;
  record.endpoint = peer.told.endpoint;
  return record;
}

std::string text_of(const std::optional<Key>& key) { return key ? to_string(*key) : ""; }

}  // namespace

Event& Teller::tell(Event event) {
  event.sequence = ++program_.sequence;
  return events_.emplace_back(std::move(event));
}

void add_text(Event& event, Field field, std::string_view text) {
  if (!text.empty()) event.facts.push_back({field, std::string(text)});
}

void add_number(Event& event, Field field, std::uint64_t number) {
  event.facts.push_back({field, static_cast<std::int64_t>(number)});
}

void add_who(Event& event, const Key& key, const Inventory& inventory) {
  const Record* record = inventory.find(key);
  add_text(event, Field::principal_name, principal_of(key, record));
  add_text(event, Field::principal_status, record ? to_string(record->status) : "unknown");
  if (record == nullptr) return;
  add_text(event, Field::principal_kind, to_string(record->kind));
  add_text(event, Field::principal_device, record->device);
  add_text(event, Field::principal_role, inventory.role_name(*record));
  add_text(event, Field::principal_owner, record->owner);
}

void add_source(Event& event, const Endpoint& endpoint) {
  if (!endpoint.known()) return;
  add_text(event, Field::source_ip, to_string(endpoint.address));
  add_number(event, Field::source_port, endpoint.port);
}

Event interface_event(Action action, const DeviceId& id, const DeviceTold& device, WallTime at) {
  Event event = make_event(action, at);
  event.netns = id.first;
  event.interface = id.second;
  if (device.public_key) {
    add_text(event, Field::interface_public_key, to_string(*device.public_key));
  }
  if (device.listen_port != 0) add_number(event, Field::interface_listen_port, device.listen_port);
  return event;
}

Event peer_event(Action action, const DeviceId& id, const DeviceTold& device, WallTime at,
                 const Key& key, const Inventory& inventory) {
  Event event = interface_event(action, id, device, at);
  event.public_key = key;
  add_who(event, key, inventory);
  return event;
}

void add_configuration(Event& event, const PeerTold& peer) {
  event.facts.push_back({Field::peer_allowed_ips, texts_of(peer.prefixes)});
  event.facts.push_back(
      {Field::peer_preshared_key_set, peer.preshared_key == PresharedKey::present});
  add_number(event, Field::peer_persistent_keepalive_seconds, peer.persistent_keepalive_seconds);
}

DeviceTold told_of(const Device& device) {
  DeviceTold told{device.collector,   device.implementation, device.netns_device,
                  device.netns_inode, std::nullopt,          device.public_key,
                  device.listen_port, device.firewall_mark};
  if (device.link) told.link_index = device.link->index;
  return told;
}

void add_changes(Event& event, const DeviceId& before_id, const DeviceTold& before,
                 const DeviceId& after_id, const DeviceTold& after) {
  const auto texts = [&](Field old_field, std::string old, Field new_field, std::string now) {
    if (old == now) return;
    event.facts.push_back({old_field, std::move(old)});
    event.facts.push_back({new_field, std::move(now)});
  };
  const auto numbers = [&](Field old_field, std::int64_t old, Field new_field, std::int64_t now) {
    if (old == now) return;
    event.facts.push_back({old_field, old});
    event.facts.push_back({new_field, now});
  };
  texts(Field::before_interface_name, before_id.second, Field::after_interface_name,
        after_id.second);
  texts(Field::before_interface_netns, before_id.first, Field::after_interface_netns,
        after_id.first);
  texts(Field::before_public_key, text_of(before.public_key), Field::after_public_key,
        text_of(after.public_key));
  numbers(Field::before_listen_port, before.listen_port, Field::after_listen_port,
          after.listen_port);
  numbers(Field::before_firewall_mark, before.firewall_mark, Field::after_firewall_mark,
          after.firewall_mark);
}

void add_ended(Event& event, const EndedSession& ended) {
  event.facts.push_back({Field::session_id, SessionRef{ended.session.number}});
  if (ended.session.start_unknown) event.facts.push_back({Field::session_start_unknown, true});
  event.facts.push_back({Field::event_start, ended.session.started});
  event.facts.push_back({Field::event_end, ended.ended});
  const Duration duration = ended.ended - ended.session.started;
  event.facts.push_back({Field::event_duration, std::int64_t{duration.count()}});
  add_text(event, Field::event_reason, ended.reason);
  add_number(event, Field::source_bytes, ended.received_bytes);
  add_number(event, Field::destination_bytes, ended.sent_bytes);
  using std::chrono::seconds;
  const auto unobserved = std::chrono::duration_cast<seconds>(ended.unobserved).count();
  event.facts.push_back({Field::session_unobserved_seconds, std::int64_t{unobserved}});
}

SessionRecord record_of(const DeviceId& id, const PeerMemory& peer, const SessionMemory& session,
                        const Inventory& inventory) {
  return running(id, peer, session, inventory);
}

SessionRecord record_of(const DeviceId& id, const PeerMemory& peer, const EndedSession& ended,
                        const Inventory& inventory) {
  SessionRecord record = running(id, peer, ended.session, inventory);
  record.ended = ended.ended;
  record.end_reason = ended.reason;
  record.received_bytes = ended.received_bytes;
  record.sent_bytes = ended.sent_bytes;
  record.unobserved = ended.unobserved;
  return record;
}

bool admit(Throttle& throttle, BootTime now) {
  const BootTime full_at = std::max(throttle.full_at, now);
  if (full_at - now > (kThrottleBurst - 1) * kThrottleRefill) return false;
  throttle.full_at = full_at + kThrottleRefill;
  return true;
}

}  // namespace wgaudit
