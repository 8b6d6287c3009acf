// What a line says of itself, by the places where it has to stand: faster than line_scan.hpp by its
// structure, and the same for every line that the file sink writes. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "exporter/sinks/line_scan.hpp"

namespace wgaudit {

// As read_own_line(), which it falls back to. Of a line that is no JSON it may still find what it
// looks for: then the chain or a signature says what is wrong, or `--deep`.
[[nodiscard]] std::optional<OwnLine> read_fixed_places(std::string_view line);

}  // namespace wgaudit
