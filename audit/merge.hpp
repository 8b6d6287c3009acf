// An incomplete dump merged over the last good state: presence is believed, absence is not.
#pragma once

#include "collectors/model/device.hpp"

namespace wgaudit {

// All peers of both; those of `shown` with its values, prefixes joined with the known ones.
// observed_at and completeness are those of `shown`.
[[nodiscard]] Device merge_over(const Device& known, const Device& shown);

}  // namespace wgaudit
