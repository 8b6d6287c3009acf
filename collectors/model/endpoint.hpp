// The outer address of a peer: UDP address, port and, for link-local IPv6, the scope id. Flat,
// pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/cidr.hpp"

namespace wgaudit {

struct Endpoint {
  Address address;            // family none: the kernel knows no endpoint
  std::uint8_t reserved = 0;  // keeps the object free of padding: it is sent and compared as bytes
  std::uint16_t port = 0;     // host byte order
  std::uint32_t scope_id = 0;

  [[nodiscard]] bool known() const { return address.family != Family::none; }
  friend bool operator==(const Endpoint& a, const Endpoint& b) { return same_bytes(a, b); }
};

// "192.0.2.1:51820", "[2001:db8::1]:51820", "[fe80::1%3]:51820" (numeric scope). Never resolves.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);
// The same, and a scope may be an interface name, as getnameinfo(3) and Go write it. It is dropped:
// the name may belong to another host or namespace.
[[nodiscard]] std::optional<Endpoint> parse_endpoint_any_scope(std::string_view text);
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

}  // namespace wgaudit
