// Reads one inventory text into a Draft by the tables of inventory_fields. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "audit/inventory.hpp"
#include "exporter/codec/inventory_fields.hpp"

namespace wgaudit::inventory_format {

// What the file held at its top level, for what may stand in one file of a directory only.
struct Seen {
  bool policy = false;
  bool roles = false;
};

// Fills the span from its front and says how much of it; 0 at the end of the text.
using TextSource = std::function<std::size_t(std::span<char>)>;

// Appends what the text holds to the draft and its problems, under the name `file`. The text is
// read piece by piece: 100,000 records are 30 MB of it, which need not be there beside the values.
Seen read_inventory_text(const TextSource& source, const std::string& file, Draft& draft,
                         std::vector<Problem>& problems);

}  // namespace wgaudit::inventory_format
