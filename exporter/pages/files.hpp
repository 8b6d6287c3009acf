// Files that are served as they are (CMakeLists.txt puts them in).
#pragma once

#include <string_view>

namespace wgaudit {

extern const std::string_view kStyleSheet;  // without the palette, which stands before it
extern const std::string_view kIcon;
extern const std::string_view kOpenApi;

}  // namespace wgaudit
