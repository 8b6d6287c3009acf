// Reads one text of a format into a Draft by the tables of inventory_fields. Pure.
#pragma once

#include <string>
#include <vector>

#include "audit/inventory.hpp"
#include "exporter/codec/inventory_fields.hpp"
#include "exporter/codec/text_stream.hpp"

namespace wgaudit::inventory_format {

// What the file held at its top level, for what may stand in one file of a directory only.
struct Seen {
  bool policy = false;
  bool roles = false;
};

// Appends what the text holds to the draft and its problems, under the name `file`. The text is
// read piece by piece: 100,000 records are 30 MB of it, which need not be there beside the values.
Seen read_text(const Node& root, const TextSource& source, const std::string& file, Draft& draft,
               std::vector<Problem>& problems);

}  // namespace wgaudit::inventory_format
