// Reads netlink attributes (linux/netlink.h, struct nlattr) out of untrusted bytes. Pure.
//
// Our own because libmnl's iteration macros do not compile as C++ and trust the nest they walk.
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

namespace wgaudit {

using Bytes = std::span<const std::byte>;

// Headers, payloads and attributes start at multiples of four bytes (NLMSG_ALIGNTO, NLA_ALIGNTO).
[[nodiscard]] constexpr std::size_t netlink_align(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

struct Attribute {
  std::uint16_t type = 0;  // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
  Bytes payload;
};

// The payload as a value of exactly this size, in host order. 64-bit values are only 4-byte
// aligned on the wire, so it is always copied.
template <class T>
[[nodiscard]] std::optional<T> value_of(Bytes payload) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (payload.size() != sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

// An NLA_NUL_STRING: up to the first NUL, which some senders leave out.
[[nodiscard]] inline std::string text_of(Bytes payload) {
  std::string text;
  for (const std::byte byte : payload) {
    if (byte == std::byte{0}) break;
    text += static_cast<char>(byte);
  }
  return text;
}

// One pass over the attributes of a message or nest, in the order they stand.
class AttributeReader {
 public:
  explicit AttributeReader(Bytes bytes) : rest_(bytes) {}

  // False at the end, and at the first attribute that does not fit: then damaged() is true and
  // what was read before it still counts.
  [[nodiscard]] bool next(Attribute& attribute) {
    if (rest_.empty()) return false;
    nlattr header{};
    if (rest_.size() < sizeof header) return stop();
    std::memcpy(&header, rest_.data(), sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > rest_.size()) return stop();
    attribute.type = static_cast<std::uint16_t>(header.nla_type & NLA_TYPE_MASK);
    attribute.payload = rest_.subspan(sizeof header, header.nla_len - sizeof header);
    const std::size_t step = netlink_align(header.nla_len);
    rest_ = step < rest_.size() ? rest_.subspan(step) : Bytes{};  // the last may lack its padding
    return true;
  }

  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  bool stop() {
    damaged_ = true;
    rest_ = {};
    return false;
  }

  Bytes rest_;
  bool damaged_ = false;
};

}  // namespace wgaudit
