// An inventory from a table of comma-separated values. Pure.
#pragma once

#include <string>
#include <string_view>

#include "exporter/codec/inventory_import.hpp"

namespace wgaudit {

// `file` stands in its problems. The first line names the columns, in any order and case: a field
// of import_fields(), or `tag.NAME`. An empty cell says nothing; in a list items are separated by
// commas, semicolons or blanks, and `none` is an empty list.
[[nodiscard]] Imported import_csv(std::string_view text, const std::string& file);

// The columns, a line each, for --help.
[[nodiscard]] std::string csv_columns_help();

}  // namespace wgaudit
