// Sizes and ages as people read them. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "collectors/model/time.hpp"

namespace wgaudit {

// "1.4 MiB"
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);
// The two largest units: "3m12s"; "0s" where it is less than a second.
[[nodiscard]] std::string span_text(Duration span);
// "3m12s ago"; "just now", where it is not before `now` by a second.
[[nodiscard]] std::string age_text(WallTime then, WallTime now);

}  // namespace wgaudit
