// What holds for every line of events, whatever its schema.
#pragma once

#include <string>

namespace wgaudit::test {

// Whether an object of the line has a key twice: a parser would keep the last in silence.
[[nodiscard]] bool has_double_key(const std::string& line);

// One line of valid JSON in UTF-8 within the limit, for every reader that splits lines.
void expect_one_line(const std::string& line);

}  // namespace wgaudit::test
