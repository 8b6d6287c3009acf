// Capabilities and confinement of the two processes (capabilities(7), prctl(2)).
#pragma once

#include <expected>
#include <optional>

#include "collectors/model/error.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {

// What the targets need and this process lacks: "missing capability: CAP_NET_ADMIN: …how to give
// it". Raises permitted capabilities to effective ones first.
[[nodiscard]] std::optional<Error> missing_capability(const Targets& targets);

}  // namespace wgaudit
