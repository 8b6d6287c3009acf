// A file that others read while it is replaced. An edge: it touches the disk.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/error.hpp"

namespace wgaudit {

// Readers see the old text or the new one, never a part, also after a crash: written beside it
// under a name that no pattern of files takes (".NAME.XXXXXX"), flushed, then renamed. Mode 0644,
// whatever the umask. What is there and is no regular file (a symbolic link, a device) is left
// alone: an error. After an error nothing has changed.
[[nodiscard]] std::optional<Error> replace_file(const std::string& path, std::string_view text);

}  // namespace wgaudit
