#include <csignal>
#include <exception>
#include <iostream>

#include "exporter/commands/command_line.hpp"
#include "exporter/daemon/exit_code.hpp"

int main(int argc, char** argv) {
  try {
    std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write(2)
    std::ios::sync_with_stdio(false);
    wgaudit::System system = wgaudit::real_system();
    const int code = wgaudit::run_command_line(system, {argv + 1, argv + argc});
    const auto failure = wgaudit::finish_output();
    return failure ? wgaudit::fail(system, *failure) : code;
  } catch (const std::exception& error) {
    std::cerr << "wgaudit: unexpected error: " << error.what() << '\n';
    return wgaudit::kExitCannotRun;
  }
}
