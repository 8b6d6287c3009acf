// Whether a line is an event as the encoder writes it: by the tables, member by member. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace wgaudit {

// In ECS, or OCSF, whose members are those of any class. "" where nothing is wrong; else the first
// thing that is: "no JSON", "event.sequence is there twice", "wireguard.x is no field", "event.id
// is of another type". Shows names of members, never a value.
[[nodiscard]] std::string check_event_line(std::string_view line);

}  // namespace wgaudit
