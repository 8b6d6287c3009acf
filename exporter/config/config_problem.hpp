// What is wrong with a setting, and where. A value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wgaudit {

struct ConfigProblem {
  enum class Severity : std::uint8_t { warning, error };
  Severity severity = Severity::error;
  std::string where;  // "--log.level", "WGAUDIT_LOG_LEVEL" or "FILE:LINE:COLUMN: log.level"
  std::string why;
  friend bool operator==(const ConfigProblem&, const ConfigProblem&) = default;
};
[[nodiscard]] std::string to_string(const ConfigProblem& problem);  // "WHERE: WHY"
[[nodiscard]] bool has_errors(const std::vector<ConfigProblem>& problems);

}  // namespace wgaudit
