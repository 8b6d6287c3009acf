// Cursors of lists: opaque to who gets them, and safe in a query. Pure.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace wgaudit {

// Fields of any bytes, as characters that need no encoding in a URL (base64url, RFC 4648, 5).
[[nodiscard]] std::string encode_cursor(const std::vector<std::string>& fields);
// nullopt: not what encode_cursor() writes.
[[nodiscard]] std::optional<std::vector<std::string>> decode_cursor(std::string_view text);

// A field that is a number, and nothing behind it.
template <typename T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
  T number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace wgaudit
