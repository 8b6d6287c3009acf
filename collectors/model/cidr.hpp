// IP addresses and prefixes as flat values; text form as wg(8) and RFC 5952 write them. Pure.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/same_bytes.hpp"

namespace wgaudit {

enum class Family : std::uint8_t { none = 0, ipv4 = 4, ipv6 = 6 };

[[nodiscard]] constexpr unsigned address_bits(Family family) {
  switch (family) {
    case Family::ipv4:
      return 32;
    case Family::ipv6:
      return 128;
    case Family::none:
      break;
  }
  return 0;
}

// Network byte order; an IPv4 address uses the first 4 bytes, the others are 0.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  Family family = Family::none;

  friend auto operator<=>(const Address&, const Address&) = default;
};

// Numeric forms only, never a name: no resolver is ever asked. `%scope` is refused here.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::string to_string(const Address& address);

// A prefix. The kernel masks host bits itself; parse_cidr does the same.
struct Cidr {
  Address address;
  std::uint8_t length = 0;

  // By family, then address, then length: IPv4 before IPv6, outer before inner.
  friend std::strong_ordering operator<=>(const Cidr& a, const Cidr& b) {
    if (const auto c = a.address.family <=> b.address.family; c != 0) return c;
    if (const auto c = a.address.bytes <=> b.address.bytes; c != 0) return c;
    return a.length <=> b.length;
  }
  friend bool operator==(const Cidr& a, const Cidr& b) { return same_bytes(a, b); }
};

// "10.0.0.0/8", "fd00::/64", or an address alone (then /32 or /128). Host bits are masked off.
[[nodiscard]] std::optional<Cidr> parse_cidr(std::string_view text);
[[nodiscard]] std::string to_string(const Cidr& cidr);
[[nodiscard]] Cidr masked(Cidr cidr);
[[nodiscard]] bool contains(const Cidr& outer, const Cidr& inner);
[[nodiscard]] bool contains(const Cidr& outer, const Address& address);
[[nodiscard]] constexpr bool is_default_route(const Cidr& cidr) { return cidr.length == 0; }

}  // namespace wgaudit
