// Parts of a line. Pure; views only, so that nothing of a secret text is copied.
#pragma once

#include <algorithm>
#include <string_view>

namespace wgaudit {

[[nodiscard]] inline char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Of any case; `lower` is in lower case.
[[nodiscard]] inline bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {}, to_lower);
}
[[nodiscard]] inline bool starts_with_word(std::string_view text, std::string_view lower) {
  return same_word(text.substr(0, lower.size()), lower);
}

[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\v\f";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  if (const auto last = text.find_last_not_of(kBlank); last != text.npos) {
    text = text.substr(0, last + 1);
  }
  return text;
}

}  // namespace wgaudit
