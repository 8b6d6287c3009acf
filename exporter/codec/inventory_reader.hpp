// Reads one inventory text into a Draft by the tables of inventory_fields. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/inventory.hpp"
#include "exporter/codec/inventory_fields.hpp"

namespace wgaudit::inventory_format {

// What the file held at its top level, for what may stand in one file of a directory only.
struct Seen {
  bool policy = false;
  bool roles = false;
};

// Appends what `text` holds to the draft and its problems, under the name `file`.
Seen read_inventory_text(std::string_view text, const std::string& file, Draft& draft,
                         std::vector<Problem>& problems);

}  // namespace wgaudit::inventory_format
