// Whether a Device keeps the promises that the rest of the program relies on. Pure.
#pragma once

#include <optional>
#include <string>

#include "collectors/model/device.hpp"

namespace wgaudit {

// The promise that is broken: peers sorted by key and unique; each peer's prefixes consecutive,
// sorted, unique and masked; families, lengths and reserved bytes in range. nullopt: none.
[[nodiscard]] std::optional<std::string> broken_promise(const Device& device);

}  // namespace wgaudit
