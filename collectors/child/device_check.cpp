#include "collectors/child/device_check.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

bool is_ipv4_alone(Address address) {
  std::fill_n(address.bytes.begin(), 4, std::uint8_t{0});
  return same_bytes(address.bytes, Address{}.bytes);
}

bool is_good(const Endpoint& endpoint) {
  switch (endpoint.address.family) {
    case Family::none:
      return endpoint == Endpoint{};
    case Family::ipv4:
      return endpoint.reserved == 0 && endpoint.scope_id == 0 && is_ipv4_alone(endpoint.address);
    case Family::ipv6:
      return endpoint.reserved == 0;
  }
  return false;  // a byte that names no family
}

bool is_good(const Cidr& cidr) {
  const Family family = cidr.address.family;
  if (family != Family::ipv4 && family != Family::ipv6) return false;
  return cidr.length <= address_bits(family) && masked(cidr) == cidr;
}

bool is_good(const Peer& peer) {
  if (peer.preshared_key != PresharedKey::absent && peer.preshared_key != PresharedKey::present) {
    return false;
  }
  if (peer.handshake_clock != HandshakeClock::absolute &&
      peer.handshake_clock != HandshakeClock::elapsed) {
    return false;
  }
  return is_good(peer.endpoint) && same_bytes(peer.reserved, Peer{}.reserved);
}

bool are_good(std::span<const Cidr> prefixes) {
  const Cidr* before = nullptr;
  for (const Cidr& cidr : prefixes) {
    if (!is_good(cidr) || (before != nullptr && !(*before < cidr))) return false;
    before = &cidr;
  }
  return true;
}

}  // namespace

std::optional<std::string> broken_promise(const Device& device) {
  std::size_t offset = 0;
  const Peer* before = nullptr;
  for (const Peer& peer : device.peers) {
    if (!is_good(peer)) return "a peer with a value out of range";
    if (before != nullptr && !(before->public_key < peer.public_key)) return "peers out of order";
    if (peer.prefix_offset != offset || peer.prefix_count > device.prefixes.size() - offset) {
      return "a peer's prefixes out of place";
    }
    if (!are_good(device.prefixes_of(peer))) return "a prefix out of range or order";
    offset += peer.prefix_count;
    before = &peer;
  }
  if (offset != device.prefixes.size()) return "prefixes of no peer";
  return std::nullopt;
}

}  // namespace wgaudit
