// What all pages have: head, banner, footer. Pure.
#pragma once

#include <string>
#include <string_view>

#include "exporter/pages/site.hpp"

namespace wgaudit {

// A whole page with `main` (HTML) inside; `title` is text.
[[nodiscard]] Page html_page(const PageRequest& request, std::string_view title,
                             std::string_view main, int status = 200);
// A page that says what is wrong, and where to go on.
[[nodiscard]] Page html_error(const PageRequest& request, int status, std::string_view heading,
                              std::string_view text);
[[nodiscard]] Page style_sheet(const PageRequest& request);
[[nodiscard]] Page icon(const PageRequest& request);

}  // namespace wgaudit
