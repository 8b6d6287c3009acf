#include "tests/story/gateway.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "exporter/codec/sha256.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

const std::array<Key, 7> kKeys{key("alice"), key("bob"), key("carol"),  key("dave"),
                               key("erin"),  key("eve"), key("mallory")};
const std::array<std::string, 2> kNamespaces{"", "blue"};
const std::array<DeviceId, 4> kInterfaces{
    {{"", "wg0"}, {"", "wg1"}, {"blue", "wg0"}, {"blue", "wg1"}}};
const std::array<Key, 3> kInterfaceKeys{key("interface 1"), key("interface 2"), key("interface 3")};
const std::array<Cidr, 5> kPrefixes{cidr("10.0.0.1/32"), cidr("10.0.0.2/32"), cidr("10.0.0.9/32"),
                                    cidr("10.1.0.0/16"), cidr("fd00::1/128")};
const std::array<Endpoint, 4> kEndpoints{
    *parse_endpoint("192.0.2.1:1000"), *parse_endpoint("192.0.2.1:1001"),
    *parse_endpoint("192.0.2.2:1000"), *parse_endpoint("[2001:db8::1]:1000")};

void forget_traffic(StoryInterface& interface) {
  for (auto& [key, peer] : interface.peers) {
    peer.handshake = {};
    peer.received = peer.sent = 0;
  }
}

}  // namespace

// Within a minute or after it, as it was or as another one.
void StoryGateway::appear(const DeviceId& id) {
  StoryInterface made;
  if (const auto before = gone_.find(id); before != gone_.end()) made = before->second;
  gone_.erase(id);
  forget_traffic(made);
  made.link = ++links_;
  made.unreadable = 0;
  if (!made.key || one_in(3)) made.key = kInterfaceKeys[static_cast<std::size_t>(below(3))];
  if (one_in(4)) made.peers.clear();
  if (one_in(4)) made.key.reset();
  interfaces.emplace(id, std::move(made));
}

void StoryGateway::rename(const DeviceId& id) {
  const DeviceId& to = kInterfaces[static_cast<std::size_t>(below(4))];
  if (to.first != id.first || interfaces.contains(to)) return;
  auto node = interfaces.extract(id);
  node.key() = to;
  interfaces.insert(std::move(node));
}

void StoryGateway::change_interface(const DeviceId& id) {
  const auto found = interfaces.find(id);
  if (found == interfaces.end()) {
    if (one_in(10)) appear(id);
    return;
  }
  StoryInterface& interface = found->second;
  if (!interface.key && one_in(2))
    interface.key = kInterfaceKeys[static_cast<std::size_t>(below(3))];
  if (restless) return;
  if (one_in(80)) interface.key = kInterfaceKeys[static_cast<std::size_t>(below(3))];
  if (one_in(80)) interface.port = static_cast<std::uint16_t>(51820 + below(3));
  if (one_in(40)) interface.unreadable = 1 + below(15);
  if (one_in(40)) return rename(id);
  if (!one_in(40)) return;
  gone_[id] = std::move(interface);
  interfaces.erase(found);
  if (one_in(2)) appear(id);  // between two polls
}

void StoryGateway::change_peer(StoryPeer& peer, const Now& now) {
  if (one_in(20)) {
    const Cidr& prefix = kPrefixes[static_cast<std::size_t>(below(5))];
    if (peer.prefixes.erase(prefix) == 0) peer.prefixes.insert(prefix);
  }
  if (one_in(30)) peer.preshared_key = !peer.preshared_key;
  if (one_in(30)) peer.keepalive = static_cast<std::uint16_t>(below(3) * 10);
  if (one_in(restless ? 1 : 30)) peer.endpoint = kEndpoints[static_cast<std::size_t>(below(4))];
  if (one_in(8) && peer.endpoint.known()) peer.handshake = now.wall - seconds{below(5)};
  if (one_in(60)) peer.handshake = {};
  if (one_in(60)) peer.received = peer.sent = 0;
  peer.received += static_cast<std::uint64_t>(below(1000));
  peer.sent += static_cast<std::uint64_t>(below(1000));
}

void StoryGateway::change_peers(StoryInterface& interface, const Now& now) {
  for (const Key& key : kKeys) {
    const bool there = interface.peers.contains(key);
    if (!one_in(there ? 30 : 20) || (there && restless)) continue;
    if (there) {
      interface.peers.erase(key);
    } else {
      interface.peers[key] = {};
    }
  }
  for (const Key& key : kKeys) {
    const auto peer = interface.peers.find(key);
    if (peer != interface.peers.end()) change_peer(peer->second, now);
  }
}

void StoryGateway::change(const Now& now) {
  for (const std::string& netns : kNamespaces) {
    if (one_in(40)) failing_[netns] = 1 + below(15);
  }
  for (const DeviceId& id : kInterfaces) change_interface(id);
  for (auto& [id, interface] : interfaces) change_peers(interface, now);
}

void StoryGateway::crowd() {
  const DeviceId& id = kInterfaces[0];
  if (!interfaces.contains(id)) appear(id);
  for (int i = 0; i < 60; ++i) interfaces[id].peers[key("crowd " + std::to_string(i))] = {};
}

void StoryGateway::reboot() {
  for (auto& [id, interface] : interfaces) {
    interface.link = ++links_;
    forget_traffic(interface);
  }
}

void StoryGateway::stand_still() {
  still_ = true;
  failing_.clear();
  for (auto& [id, interface] : interfaces) {
    interface.unreadable = 0;
    if (!interface.key) interface.key = kInterfaceKeys[0];
  }
}

Device StoryGateway::read(const DeviceId& id, const StoryInterface& interface, const Now& now,
                          bool cut) {
  Device device;
  std::tie(device.netns, device.name) = id;
  device.completeness = cut ? Completeness::incomplete : Completeness::complete;
  device.netns_inode = id.first.empty() ? 4 : 5;
  device.public_key = interface.key;
  device.listen_port = interface.port;
  device.link = Link{interface.link, 1420, true, {}};
  device.observed_at = now.boot;
  for (const auto& [key, peer] : interface.peers) {
    if (cut && one_in(2)) continue;
    Peer seen;
    seen.public_key = key;
    seen.last_handshake = peer.handshake;
    seen.received_bytes = peer.received;
    seen.sent_bytes = peer.sent;
    seen.endpoint = peer.endpoint;
    seen.persistent_keepalive_seconds = peer.keepalive;
    seen.preshared_key = peer.preshared_key ? PresharedKey::present : PresharedKey::absent;
    seen.prefix_offset = static_cast<std::uint32_t>(device.prefixes.size());
    for (const Cidr& prefix : peer.prefixes) {
      if (!cut || !one_in(2)) device.prefixes.push_back(prefix);
    }
    seen.prefix_count = static_cast<std::uint32_t>(device.prefixes.size()) - seen.prefix_offset;
    device.peers.push_back(seen);
  }
  return device;
}

Observation StoryGateway::observe(const Now& now) {
  Observation observation;
  observation.begun = observation.ended = now.boot;
  observation.child_restarted = one_in(150);
  for (const std::string& netns : kNamespaces) {
    auto& source = observation.sources.emplace_back();
    source.netns = netns;
    source.why = "why";
    if (int& polls = failing_[netns]; polls > 0) {
      --polls;
      source.status = SourceStatus::failed;
      continue;
    }
    for (auto& [id, interface] : interfaces) {
      if (id.first != netns) continue;
      if (interface.unreadable > 0) {
        --interface.unreadable;
        observation.failures.push_back({CollectorKind::netlink, netns, id.second, "why"});
        continue;
      }
      const bool cut = one_in(25);
      if (cut) source.status = SourceStatus::incomplete;
      observation.devices.push_back(read(id, interface, now, cut));
    }
  }
  return observation;
}

std::shared_ptr<const Inventory> StoryGateway::next_inventory(WallTime now) {
  auto inventory = std::make_shared<Inventory>();
  inventory->sha256 = sha256_hex(std::to_string(++inventories_));
  inventory->gateways = {{"gw1", "", {}, {}}};
  inventory->roles = {{"server", {}}};
  inventory->roles[0].settings.always_on = AlwaysOn{.everywhere = true, .gateways = {}};
  for (const Key& key : kKeys) {
    if (one_in(4)) continue;
    Record& record = inventory->records.emplace_back();
    record.public_key = key;
    record.principal = "p-" + to_string(key).substr(0, 4);
    record.status = static_cast<Status>(one_in(3) ? below(kStatuses) : 0);
    if (record.status == Status::revoked) record.revoked_at = now - seconds{below(600)};
    if (one_in(6)) record.expires_at = now + seconds{below(600)};
    if (one_in(4)) record.role = 0;
    if (one_in(2)) record.allowed_ips = {kPrefixes[0], kPrefixes[1]};
    if (one_in(3)) record.at = {{"gw1", "", "wg0"}, {"gw1", "blue", "wg1"}};
    if (one_in(5)) record.exceptions.push_back({"allowed_ips_excess", "why", std::nullopt});
    if (one_in(5)) record.exceptions.push_back({"missing_peer", "why", now + seconds{below(600)}});
  }
  inventory->build_index();
  return inventory;
}

}  // namespace wgaudit::test
