// Letters and blanks of ASCII, whatever the locale. Pure; views only, so that nothing of a secret
// text is copied.
#pragma once

#include <algorithm>
#include <string_view>

namespace wgaudit {

[[nodiscard]] constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// But for their case.
[[nodiscard]] constexpr bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

inline constexpr std::string_view kBlanks = " \t";  // RFC 9110, 5.6.3: optional white space

[[nodiscard]] constexpr std::string_view trimmed(std::string_view text,
                                                 std::string_view blanks = kBlanks) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace wgaudit
