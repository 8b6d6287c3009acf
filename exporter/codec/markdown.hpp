// Text of any bytes in GitHub-flavoured Markdown. Pure.
#pragma once

#include <string>
#include <string_view>

namespace wgaudit {

// A sentence in which nothing is markup, a link, a mention or a reference, and no line ends. In
// table cells too.
[[nodiscard]] std::string markdown_text(std::string_view bytes);
// As a code span where that can be, for names and keys; likewise. "" stays "".
[[nodiscard]] std::string markdown_code(std::string_view bytes);

}  // namespace wgaudit
