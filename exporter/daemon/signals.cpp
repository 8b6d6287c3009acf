#include "exporter/daemon/signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <initializer_list>

namespace wgaudit {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  fd_ = signalfd(-1, &set, SFD_CLOEXEC);
}

Signals::~Signals() { close(fd_); }

Signal Signals::wait(Duration time_limit) {
  using std::chrono::milliseconds;
  const auto limit = std::chrono::ceil<milliseconds>(time_limit).count();
  pollfd ready{fd_, POLLIN, 0};
  if (poll(&ready, 1, static_cast<int>(limit)) <= 0) return Signal::none;
  signalfd_siginfo info{};
  if (read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return Signal::none;
  return info.ssi_signo == SIGHUP ? Signal::reload : Signal::stop;
}

}  // namespace wgaudit
