// Pieces of HTML that every page for people is made of. Pure.
#pragma once

#include <string>
#include <string_view>

namespace wgaudit {

// Text of any bytes, in elements and in quoted attributes.
[[nodiscard]] std::string html_text(std::string_view bytes);
// The same as code; "" stays "".
[[nodiscard]] std::string html_code(std::string_view text);
// A sentence of the rule table: what it sets in backticks is code.
[[nodiscard]] std::string html_sentence(std::string_view text);
// CSS: the colours of both schemes as custom properties, all pairs that are used with at least the
// contrast of WCAG AA.
[[nodiscard]] std::string_view html_palette();

}  // namespace wgaudit
