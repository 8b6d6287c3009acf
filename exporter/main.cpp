#include <csignal>
#include <exception>
#include <iostream>
#include <sstream>

#include "exporter/commands/command_line.hpp"
#include "exporter/daemon/exit_code.hpp"

int main(int argc, char** argv) {
  try {
    std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write(2)
    std::ostringstream out;
    wgaudit::System system = wgaudit::real_system(out);
    const int code = wgaudit::run_command_line(system, {argv + 1, argv + argc});
    const auto failure = wgaudit::write_output(out.view());
    return failure ? wgaudit::fail(system, *failure) : code;
  } catch (const std::exception& error) {
    std::cerr << "wgaudit: unexpected error: " << error.what() << '\n';
    return wgaudit::kExitCannotRun;
  }
}
