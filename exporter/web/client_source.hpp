// Where a connection comes from, for bounds by source. Pure.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>

struct sockaddr_storage;

namespace wgaudit {

// An IPv4 address, or the /64 of an IPv6 one: the least that one customer is given.
struct ClientSource {
  std::array<std::uint8_t, 8> prefix{};
  bool is_ipv6 = false;
  friend auto operator<=>(const ClientSource&, const ClientSource&) = default;
};

// Absent of this host itself (loopback, unix sockets): all its users would share one bound.
[[nodiscard]] std::optional<ClientSource> source_of(const sockaddr_storage& peer);

}  // namespace wgaudit
