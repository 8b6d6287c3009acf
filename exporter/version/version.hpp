// Which wgaudit this is: the release, and the commit that it was built from.
#pragma once

#include <string_view>

namespace wgaudit {

extern const std::string_view kVersion;   // "0.1.0"
extern const std::string_view kRevision;  // 12 hexadecimal digits; "unknown" outside a git tree

}  // namespace wgaudit
