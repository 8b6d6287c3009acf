#include "collectors/model/cidr.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace wgaudit {

std::optional<Address> parse_address(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof buffer) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  if (std::memchr(buffer, '\0', text.size()) != nullptr) return std::nullopt;
  Address address;
  if (inet_pton(AF_INET, buffer, address.bytes.data()) == 1) {
    address.family = Family::ipv4;
    return address;
  }
  if (inet_pton(AF_INET6, buffer, address.bytes.data()) == 1) {
    address.family = Family::ipv6;
    return address;
  }
  return std::nullopt;
}

std::string to_string(const Address& address) {
  char buffer[INET6_ADDRSTRLEN] = "";
  switch (address.family) {
    case Family::ipv4:
      inet_ntop(AF_INET, address.bytes.data(), buffer, sizeof buffer);
      break;
    case Family::ipv6:
      inet_ntop(AF_INET6, address.bytes.data(), buffer, sizeof buffer);
      break;
    case Family::none:
      break;
  }
  return buffer;
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  Cidr cidr{*address, static_cast<std::uint8_t>(address_bits(address->family))};
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    unsigned length = 0;
    const char* end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, length);
    if (error != std::errc{} || rest != end || length > cidr.length) return std::nullopt;
    cidr.length = static_cast<std::uint8_t>(length);
  }
  return masked(cidr);
}

std::string to_string(const Cidr& cidr) {
  return to_string(cidr.address) + '/' + std::to_string(cidr.length);
}

Cidr masked(Cidr cidr) {
  const unsigned whole = cidr.length / 8U;
  if (whole < cidr.address.bytes.size()) {
    const unsigned keep = cidr.length % 8U;
    cidr.address.bytes[whole] &= static_cast<std::uint8_t>(0xff00U >> keep);
    for (std::size_t i = whole + 1; i < cidr.address.bytes.size(); ++i) cidr.address.bytes[i] = 0;
  }
  return cidr;
}

bool contains(const Cidr& outer, const Address& address) {
  if (outer.address.family != address.family) return false;
  const unsigned whole = outer.length / 8U;
  if (std::memcmp(outer.address.bytes.data(), address.bytes.data(), whole) != 0) return false;
  const unsigned rest = outer.length % 8U;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> rest);
  return ((outer.address.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

bool contains(const Cidr& outer, const Cidr& inner) {
  return outer.length <= inner.length && contains(outer, inner.address);
}

}  // namespace wgaudit
