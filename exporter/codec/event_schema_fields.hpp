// What the JSON Schema of events says of single members, beyond the table of fields.
#pragma once

#include <string>
#include <string_view>

#include "audit/event.hpp"

namespace wgaudit {

inline constexpr std::string_view kDigestSchema =
    R"({"type": "string", "pattern": "^[0-9a-f]{64}$"})";

// The schema of one field, as JSON.
[[nodiscard]] std::string field_schema(const FieldInfo& field);
// Whether every line has the member `name` of the object at `prefix` ("event.", or "" for the
// line). What an action alone demands is said by its own rule.
[[nodiscard]] bool is_required(std::string_view prefix, std::string_view name);
// Of the members of `event` that the action decides.
[[nodiscard]] std::string kinds_schema(Action action);
[[nodiscard]] std::string categories_schema(const ActionInfo& info);
[[nodiscard]] std::string types_schema(const ActionInfo& info);
}  // namespace wgaudit
