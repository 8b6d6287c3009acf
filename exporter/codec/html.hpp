// Text of any bytes in HTML, in elements and in quoted attributes. Pure.
#pragma once

#include <string>
#include <string_view>

namespace wgaudit {

[[nodiscard]] std::string html_text(std::string_view bytes);

}  // namespace wgaudit
