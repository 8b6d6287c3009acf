// Daemon: when it ends of itself.
#include "exporter/daemon/leave.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "exporter/daemon/daemon.hpp"
#include "exporter/daemon/log.hpp"

namespace wgaudit {

void leave_at(std::chrono::steady_clock::time_point time, std::function<int()> exit_code) {
  std::thread([time, exit_code = std::move(exit_code)] {
    std::this_thread::sleep_until(time);
    log(LogLevel::warn, "leaving while a disk does not answer");
    std::_Exit(exit_code());
  }).detach();
}

void Daemon::leave(const char* reason, const std::string& message,
                   const std::vector<LogField>& fields) {
  if (!stop_reason_.note(reason)) return;
  exit_code_ = kExitCannotRun;
  log(LogLevel::error, message + ": leaving, to be started anew", fields);
  kill(getpid(), SIGTERM);  // wakes the main thread
}

void Daemon::state_failed(const std::string& why) {
  if (settings_.state_on_error != FailurePolicy::exit) return;
  leave("state_failed", "the state database takes no changes",
        {{"reason", why}, {"state.on-error", "exit"}});
}

void Daemon::segments_failed(const std::string& sink, const Error& error) {
  if (settings_.events_on_error != FailurePolicy::exit) return;
  leave("segments_failed", "the segments cannot be written",
        {{"sink", sink}, {"reason", error.message()}, {"events.on-error", "exit"}});
}

}  // namespace wgaudit
