// Numbers as text. Pure.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace wgaudit {

// A number in decimal digits, and nothing behind it. nullopt: it is none, or too large for T.
template <typename T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) {
  T number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{} || end != last) return std::nullopt;
  return number;
}

}  // namespace wgaudit
