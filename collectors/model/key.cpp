#include "collectors/model/key.hpp"

namespace wgaudit {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_reverse() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < 64; ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}
constexpr auto kReverse = make_reverse();

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Key> parse_key(std::string_view base64) {
  if (base64.size() != Key::kBase64Size || base64.back() != '=') return std::nullopt;
  Key key;
  std::uint32_t bits = 0;
  int count = 0;
  std::size_t written = 0;
  for (const char c : base64.substr(0, Key::kBase64Size - 1)) {
    const int value = kReverse[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8 && written < Key::kSize) {
      count -= 8;
      key.bytes[written++] = static_cast<std::uint8_t>(bits >> count);
    }
  }
  if ((bits & 3U) != 0) return std::nullopt;  // 43 digits hold 258 bits: the last two must be zero
  return key;
}

std::optional<Key> parse_hex_key(std::string_view hex) {
  if (hex.size() != 2 * Key::kSize) return std::nullopt;
  Key key;
  for (std::size_t i = 0; i < Key::kSize; ++i) {
    const int high = hex_digit(hex[2 * i]);
    const int low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return key;
}

char* write_base64(const Key& key, char* out) {
  const auto& b = key.bytes;
  for (std::size_t i = 0; i < 30; i += 3) {
    const unsigned v = (unsigned{b[i]} << 16) | (unsigned{b[i + 1]} << 8) | b[i + 2];
    *out++ = kAlphabet[v >> 18];
    *out++ = kAlphabet[(v >> 12) & 63U];
    *out++ = kAlphabet[(v >> 6) & 63U];
    *out++ = kAlphabet[v & 63U];
  }
  const unsigned v = (unsigned{b[30]} << 16) | (unsigned{b[31]} << 8);
  *out++ = kAlphabet[v >> 18];
  *out++ = kAlphabet[(v >> 12) & 63U];
  *out++ = kAlphabet[(v >> 6) & 63U];
  *out++ = '=';
  return out;
}

std::string to_string(const Key& key) {
  std::string text(Key::kBase64Size, '\0');
  write_base64(key, text.data());
  return text;
}

std::string short_form(const Key& key) { return to_string(key).substr(0, 8); }

}  // namespace wgaudit
