// Text helpers that every printer shares: interface names and other hostile bytes made printable.
#pragma once

#include <string>
#include <string_view>

namespace wgaudit {

// Valid UTF-8 in, the same out; each invalid byte becomes U+FFFD. For metrics, JSON and pages.
[[nodiscard]] std::string to_valid_utf8(std::string_view bytes);
// For terminals and log lines: like to_valid_utf8, and control characters (C0, DEL and C1) become
// \xNN.
[[nodiscard]] std::string to_printable(std::string_view bytes);
// What the kernel takes as an interface name (dev_valid_name): 1 to 15 bytes, not "." or "..",
// no '/', ':' or white space.
[[nodiscard]] bool is_interface_name(std::string_view name);

}  // namespace wgaudit
