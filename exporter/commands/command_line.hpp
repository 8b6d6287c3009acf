// The command line: parses it, runs one command, returns its exit code.
#pragma once

#include <string>
#include <vector>

#include "exporter/commands/system.hpp"

namespace wgaudit {

// `arguments` without the program's name.
[[nodiscard]] int run_command_line(System& system, const std::vector<std::string>& arguments);

}  // namespace wgaudit
