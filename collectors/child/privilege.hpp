// Whether this process has the capabilities that its targets take (capabilities(7)).
#pragma once

#include <optional>

#include "collectors/model/error.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {

// What the targets need and this process lacks: "missing capability: CAP_NET_ADMIN: how to give
// it". A permitted capability counts: the collector child makes it effective. Changes nothing.
[[nodiscard]] std::optional<Error> missing_capability(const Targets& targets);

}  // namespace wgaudit
