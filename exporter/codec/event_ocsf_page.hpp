// The part of EVENTS.md about OCSF. Pure.
#pragma once

#include <string>

namespace wgaudit {

[[nodiscard]] std::string ocsf_page();

}  // namespace wgaudit
