// What a command touches of the world, as one value: tests give their own.
#pragma once

#include <expected>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/device.hpp"
#include "collectors/model/targets.hpp"
#include "collectors/model/time.hpp"
#include "exporter/config/load.hpp"

namespace wgaudit {

// Why a command ends early: one line for standard error, and the exit code.
struct Failure {
  int exit_code;
  std::string message;
};

struct System {
  std::ostream& out;
  std::ostream& err;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::string host_name;
  std::function<Now()> clock;
  std::function<std::expected<Observation, Failure>(const Targets&)> observe;  // once
  std::function<int(const LoadedSettings&, const ReadSettings&)> serve;
  // Writes what is in `out` now, then waits so long. False: nobody reads any more.
  std::function<bool(Duration)> wait_for_more;
};

// Standard error, the process's environment, the collector child, the daemon. What is written to
// `out` is for write_output().
[[nodiscard]] System real_system(std::ostringstream& out);

// "wgaudit: MESSAGE" on standard error; returns the code.
int fail(System& system, const Failure& failure);

// To standard output. A full disk is a failure; a reader that went away (EPIPE) is none.
[[nodiscard]] std::optional<Failure> write_output(std::string_view text);

}  // namespace wgaudit
