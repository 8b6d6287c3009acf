// Cursors of lists: opaque to who gets them, and safe in a query. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wgaudit {

// Fields of any bytes, as characters that need no encoding in a URL (base64url, RFC 4648, 5).
[[nodiscard]] std::string encode_cursor(const std::vector<std::string>& fields);
// nullopt: not what encode_cursor() writes.
[[nodiscard]] std::optional<std::vector<std::string>> decode_cursor(std::string_view text);

}  // namespace wgaudit
