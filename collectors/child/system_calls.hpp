// The system calls that collecting takes, as a seccomp(2) allow-list.
#pragma once

#include <expected>

#include "collectors/model/error.hpp"

namespace wgaudit {

// Any other system call kills the calling process from now on, and what it forks. Under a sanitizer
// it does nothing: their run-time makes calls of its own.
[[nodiscard]] std::expected<void, Error> allow_only_collecting();

}  // namespace wgaudit
