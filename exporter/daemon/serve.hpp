// `wgaudit serve`: the daemon, from start-up to the last signal.
#pragma once

#include "exporter/config/load.hpp"

namespace wgaudit {

// Runs until SIGTERM or SIGINT. Returns an exit code (exit_code.hpp); errors are said on standard
// error, one line each. REQUIRES: the only thread; `loaded` has no error.
[[nodiscard]] int run_serve(const LoadedSettings& loaded, const ReadSettings& read_settings);

}  // namespace wgaudit
