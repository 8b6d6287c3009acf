// A WireGuard public key (Curve25519, 32 bytes) and its base64 form (RFC 4648, 44 characters).
//
// Key only ever names a PUBLIC key: no type outside the collector child's decoders can hold a
// private or preshared one (ARCHITECTURE.md, invariants).
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/same_bytes.hpp"

namespace wgaudit {

struct Key {
  static constexpr std::size_t kSize = 32;
  static constexpr std::size_t kBase64Size = 44;
  std::array<std::uint8_t, kSize> bytes{};

  // The first bytes as a number that orders as they do. Keys are uniform: they decide nearly every
  // comparison, and a poll makes some for each peer.
  [[nodiscard]] std::uint64_t head() const {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return std::endian::native == std::endian::little ? std::byteswap(value) : value;
  }
  friend bool operator==(const Key& a, const Key& b) { return same_bytes(a.bytes, b.bytes); }
  friend std::strong_ordering operator<=>(const Key& a, const Key& b) {
    if (const auto order = a.head() <=> b.head(); order != 0) return order;
    return std::memcmp(a.bytes.data(), b.bytes.data(), kSize) <=> 0;
  }
};

// Strict: 44 characters, one '=' of padding, unused bits zero, as wg(8) demands.
[[nodiscard]] std::optional<Key> parse_key(std::string_view base64);
// 64 hexadecimal digits of either case, as the UAPI writes keys.
[[nodiscard]] std::optional<Key> parse_hex_key(std::string_view hex);
[[nodiscard]] std::string to_string(const Key& key);
// Writes exactly Key::kBase64Size characters to `out`; returns the end.
char* write_base64(const Key& key, char* out);
// The first 8 characters of the base64 form: what people see in `unknown:<first 8>`.
[[nodiscard]] std::string short_form(const Key& key);

struct KeyHash {
  std::size_t operator()(const Key& key) const {
    return key.head();  // a public key is uniform already
  }
};

}  // namespace wgaudit
