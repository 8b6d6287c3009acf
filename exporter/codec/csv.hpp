// CSV as RFC 4180 has it: cells separated by commas, quoted where they hold a comma, a quote or a
// line end; CRLF or LF; a byte order mark is passed over. Pure.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace wgaudit {

struct CsvCell {
  std::string text;  // of an unquoted one without the blanks around it
  bool quoted = false;
  std::size_t line = 1, column = 1;  // of its first byte, from 1
};
using CsvRecord = std::vector<CsvCell>;

struct CsvError {
  std::size_t line = 0, column = 0;
  std::string_view why;
};

// Empty lines are passed over.
[[nodiscard]] std::expected<std::vector<CsvRecord>, CsvError> parse_csv(std::string_view text);

}  // namespace wgaudit
