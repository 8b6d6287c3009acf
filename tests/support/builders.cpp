#include "tests/support/builders.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

namespace wgaudit::test {
namespace {

template <typename T>
T must(std::optional<T> value, std::string_view text) {
  if (!value) {
    std::fprintf(stderr, "malformed in a test: %.*s\n", static_cast<int>(text.size()), text.data());
    std::abort();
  }
  return *std::move(value);
}

}  // namespace

Key key(std::string_view name) {
  std::seed_seq seed(name.begin(), name.end());
  std::mt19937 random(seed);
  Key key;
  for (auto& byte : key.bytes) byte = static_cast<std::uint8_t>(random());
  return key;
}

Cidr cidr(std::string_view text) { return must(parse_cidr(text), text); }
WallTime wall(std::string_view rfc3339) { return must(parse_rfc3339(rfc3339), rfc3339); }
BootTime boot(Duration since_boot) { return BootTime{since_boot}; }

Device device(std::string_view name, const std::vector<PeerSpec>& peers, BootTime observed_at,
              std::string_view netns) {
  Device device;
  device.name = name;
  device.netns = netns;
  device.public_key = key(std::string("interface ") + std::string(name));
  device.listen_port = 51820;
  device.observed_at = observed_at;
  device.link = Link{.index = 7, .mtu_bytes = 1420, .up = true, .counters = {}};
  for (const PeerSpec& spec : peers) {
    Peer peer;
    peer.public_key = key(spec.name);
    peer.last_handshake = spec.last_handshake;
    peer.received_bytes = spec.received_bytes;
    peer.sent_bytes = spec.sent_bytes;
    if (!spec.endpoint.empty()) peer.endpoint = must(parse_endpoint(spec.endpoint), spec.endpoint);
    peer.preshared_key = spec.preshared_key ? PresharedKey::present : PresharedKey::absent;
    peer.persistent_keepalive_seconds = spec.keepalive;
    peer.prefix_offset = static_cast<std::uint32_t>(device.prefixes.size());
    peer.prefix_count = static_cast<std::uint32_t>(spec.allowed_ips.size());
    for (const auto& text : spec.allowed_ips) device.prefixes.push_back(cidr(text));
    device.peers.push_back(peer);
  }
  normalize(device);
  return device;
}

Record record(std::string_view key_name, std::string_view principal) {
  Record record;
  record.public_key = key(key_name);
  record.principal = principal;
  return record;
}

std::shared_ptr<Inventory> inventory(std::vector<Record> records) {
  auto inventory = std::make_shared<Inventory>();
  inventory->records = std::move(records);
  inventory->build_index();
  return inventory;
}

}  // namespace wgaudit::test
