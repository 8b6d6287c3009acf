#include "tests/story/gateway.hpp"

#include <algorithm>
#include <array>

#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

constexpr std::array kNames{"alice", "bob", "carol", "dave", "eve", "mallory"};
const std::array<DeviceId, 3> kInterfaces{{{"", "wg0"}, {"", "wg1"}, {"blue", "wg0"}}};

PeerSpec spec_of(const std::string& name, const StoryPeer& peer) {
  return {.name = name,
          .allowed_ips = {peer.allowed_ips.begin(), peer.allowed_ips.end()},
          .last_handshake = peer.handshake,
          .endpoint = peer.endpoint,
          .received_bytes = peer.received,
          .sent_bytes = peer.sent,
          .preshared_key = peer.preshared_key,
          .keepalive = peer.keepalive};
}

}  // namespace

StoryInterface StoryGateway::make_interface(const DeviceId& id) {
  StoryInterface made;
  made.key = id.first + id.second + (one_in(4) ? "'" : "");
  made.link = ++links_;
  return made;
}

void StoryGateway::change_interface(const DeviceId& id) {
  const auto found = interfaces.find(id);
  if (found == interfaces.end()) {
    if (one_in(3)) interfaces.emplace(id, make_interface(id));
    return;
  }
  if (!one_in(40)) return;
  if (one_in(2)) {
    interfaces.erase(found);
  } else if (one_in(2)) {  // down and up again
    const auto peers = found->second.peers;
    found->second = make_interface(id);
    found->second.peers = peers;
    for (auto& [name, peer] : found->second.peers)
      peer.handshake = {}, peer.received = peer.sent = 0;
  } else if (const DeviceId renamed{id.first, id.second + "x"}; !interfaces.contains(renamed)) {
    auto node = interfaces.extract(found);
    node.key() = renamed;
    interfaces.insert(std::move(node));
  }
}

void StoryGateway::change_peer(StoryPeer& peer, const Now& now) {
  if (one_in(12)) {
    const std::string prefix = "10.0.0." + std::to_string(below(8)) + "/32";
    if (!peer.allowed_ips.erase(prefix)) peer.allowed_ips.insert(prefix);
  }
  if (one_in(25)) peer.preshared_key = !peer.preshared_key;
  if (one_in(25)) peer.keepalive = static_cast<std::uint16_t>(below(3) * 10);
  if (one_in(25))
    peer.endpoint = "192.0.2." + std::to_string(below(4)) + ":" + std::to_string(1000 + below(2));
  if (one_in(6) && !peer.endpoint.empty())
    peer.handshake = now.wall - std::chrono::seconds{below(4)};
  if (one_in(60)) peer.handshake = {}, peer.received = peer.sent = 0;  // a reset
  peer.received += static_cast<std::uint64_t>(below(1000));
  peer.sent += static_cast<std::uint64_t>(below(1000));
}

void StoryGateway::change(const Now& now) {
  for (const DeviceId& id : kInterfaces) change_interface(id);
  for (auto& [id, interface] : interfaces) {
    for (const char* name : kNames) {
      if (!one_in(interface.peers.contains(name) ? 40 : 15)) continue;
      if (!interface.peers.erase(name)) interface.peers[name] = {};
    }
    for (auto& [name, peer] : interface.peers) change_peer(peer, now);
  }
}

void StoryGateway::reboot() {
  for (auto& [id, interface] : interfaces) {
    interface.link = ++links_;
    for (auto& [name, peer] : interface.peers) peer.handshake = {}, peer.received = peer.sent = 0;
  }
}

Observation StoryGateway::observe(const Now& now, bool whole) {
  Observation observation;
  observation.begun = observation.ended = now.boot;
  for (const std::string netns : {"", "blue"}) {
    const bool fails = !whole && one_in(25);
    const auto status = fails ? SourceStatus::failed : SourceStatus::complete;
    observation.sources.push_back({CollectorKind::netlink, netns, status, "why", {}, {}});
    if (fails) continue;
    for (const auto& [id, interface] : interfaces) {
      if (id.first != netns) continue;
      if (!whole && one_in(30)) {
        observation.failures.push_back({CollectorKind::netlink, netns, id.second, "why"});
        continue;
      }
      std::vector<PeerSpec> specs;
      const bool cut = !whole && one_in(25);
      for (const auto& [name, peer] : interface.peers) {
        if (!cut || !one_in(2)) specs.push_back(spec_of(name, peer));
      }
      Device device = test::device(id.second, specs, now.boot, netns);
      device.public_key = test::key(interface.key);
      device.link = Link{interface.link, 1420, true, {}};
      device.netns_inode = netns.empty() ? 4 : 5;
      if (cut) device.completeness = Completeness::incomplete;
      observation.devices.push_back(std::move(device));
    }
  }
  return observation;
}

std::shared_ptr<const Inventory> StoryGateway::next_inventory() {
  auto inventory = std::make_shared<Inventory>();
  inventory->sha256 = std::string(63, 'a') + static_cast<char>('a' + inventories_++ % 16);
  for (const char* name : kNames) {
    if (one_in(4)) continue;
    Record record = test::record(name, name);
    record.status = static_cast<Status>(one_in(3) ? below(4) : 0);
    if (one_in(2)) record.allowed_ips = {test::cidr("10.0.0.0/30")};
    if (one_in(3)) record.at = {{"gw1", "", "wg0"}};
    inventory->records.push_back(record);
  }
  inventory->gateways = {{"gw1", "", {}, {}}};
  inventory->build_index();
  return inventory;
}

}  // namespace wgaudit::test
