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
// Members of the schema of such a value: `"type": "string"`.
[[nodiscard]] std::string_view type_schema(FieldType type);
// Of the names of all actions, as JSON.
[[nodiscard]] std::string names_of_actions();
// Whether the member at this path, a field or an object, is there wherever its object is. What an
// action alone demands is said by its own rule.
[[nodiscard]] bool is_required(std::string_view path);
// Of the members of `event` that the action decides.
[[nodiscard]] std::string kinds_schema(Action action);
[[nodiscard]] std::string categories_schema(const ActionInfo& info);
[[nodiscard]] std::string types_schema(const ActionInfo& info);

}  // namespace wgaudit
