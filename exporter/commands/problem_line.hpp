// A problem of an inventory as one line for a person.
#pragma once

#include <string>

#include "audit/inventory.hpp"

namespace wgaudit {

// "FILE: POINTER: reason"; of the whole file "FILE: reason". Not escaped.
[[nodiscard]] inline std::string problem_line(const Problem& problem) {
  return problem.file + ": " + (problem.pointer.empty() ? "" : problem.pointer + ": ") +
         problem.reason;
}

}  // namespace wgaudit
