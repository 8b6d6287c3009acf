// A file of configuration, whole: one that a person wrote, not larger than a MiB.
#pragma once

#include <expected>
#include <string>

namespace wgaudit {

// An error says why, without the path. A file that is no regular one is refused unopened: a FIFO
// would hold up who reads it.
[[nodiscard]] std::expected<std::string, std::string> read_small_file(const std::string& path);

}  // namespace wgaudit
