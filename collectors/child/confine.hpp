// What a process gives up before it works (capabilities(7), prctl(2), seccomp(2)). Each function
// acts on the calling process, is for good, and is inherited by what it forks.
#pragma once

#include <expected>

#include "collectors/model/error.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {

// For the parent: no capability, no new privileges, no core dump, no ptrace by its own user.
[[nodiscard]] std::expected<void, Error> confine_parent();

// For the collector: the same, but that it keeps of its capabilities those that the targets need;
// and an allow-list of system calls.
[[nodiscard]] std::expected<void, Error> confine_collector(const Targets& targets);

}  // namespace wgaudit
