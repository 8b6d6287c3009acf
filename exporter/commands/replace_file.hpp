// Writes a file that others read at any time.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace wgaudit {

// Readers see the old file or the new one, whole, also after a crash: it is written beside it,
// flushed, and renamed. A symlink at `path` is replaced, never followed. Mode 0644: Prometheus,
// which reads it, is another user. The error says what failed and why, and leaves the old file.
[[nodiscard]] std::expected<void, std::string> replace_file(const std::string& path,
                                                            std::string_view text);

}  // namespace wgaudit
