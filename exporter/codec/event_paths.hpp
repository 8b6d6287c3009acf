// Which members a line can have, by their path, and what stands there: by the tables of both
// schemas, whatever the class of the line. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "exporter/codec/event_json.hpp"

namespace wgaudit {

enum class LineShape : std::uint8_t { text, number, boolean, list };  // a list of texts

// nullopt: no line has such a member. In OCSF "resources[].uid" is one of the objects of a list.
[[nodiscard]] std::optional<LineShape> shape_at(EventFormat format, std::string_view path);
[[nodiscard]] bool is_object_at(EventFormat format, std::string_view path);

}  // namespace wgaudit
