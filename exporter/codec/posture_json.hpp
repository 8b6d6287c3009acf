// The posture file that an MDM writes, as JSON, to a PostureTable:
//
//   {"version": 1, "devices": [{"public_key": "…", "compliant": true, "checked_at": "RFC 3339"},
//                              {"device": "alice-mbp", "compliant": false, "checked_at": "…"}]}
//
// Read by the rules of the inventory: problems carry file, JSON pointer and reason; what is not
// JSON, an unknown field or a wrong type rejects the file; a malformed entry is named and ignored.
// Of two entries for one key or device the newer check counts, with a warning.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/posture.hpp"

namespace wgaudit {

struct LoadedPosture {
  std::optional<PostureTable> table;  // absent: rejected
  std::vector<Problem> problems;
  bool changed_while_read = false;  // rejected because it is not the text of one moment
};

[[nodiscard]] LoadedPosture load_posture(const std::string& path);
// The same for a text; `name` stands in its problems. Pure.
[[nodiscard]] LoadedPosture parse_posture(std::string_view text, const std::string& name);

// JSON Schema (draft 2020-12), from the tables that the parser reads by.
[[nodiscard]] std::string posture_schema();

}  // namespace wgaudit
