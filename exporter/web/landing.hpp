// The page at `/`: what this is, how it stands, where to go. Pure.
#pragma once

#include <string>
#include <string_view>

#include "audit/view.hpp"

namespace wgaudit {

// `view` may be null: no poll has ended yet. Nothing of the page comes from elsewhere.
[[nodiscard]] std::string landing_page(const View* view, std::string_view telemetry_path);

}  // namespace wgaudit
