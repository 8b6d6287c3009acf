// Parts of a line. Pure; views only, so that nothing of a secret text is copied.
#pragma once

#include <string_view>

#include "collectors/model/ascii.hpp"

namespace wgaudit {

// But for its case.
[[nodiscard]] inline bool starts_with_word(std::string_view text, std::string_view word) {
  return same_word(text.substr(0, word.size()), word);
}

// As wg(8) and systemd see white space: a '\r' before the line's end is some too.
[[nodiscard]] inline std::string_view stripped(std::string_view text) {
  return trimmed(text, " \t\r\v\f");
}

}  // namespace wgaudit
