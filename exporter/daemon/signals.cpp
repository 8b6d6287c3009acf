#include "exporter/daemon/signals.hpp"

#include <errno.h>
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

Signal Signals::wait() {
  signalfd_siginfo info{};
  while (read(fd_, &info, sizeof info) < 0 && errno == EINTR) {
  }
  return info.ssi_signo == SIGHUP ? Signal::reload : Signal::stop;
}

}  // namespace wgaudit
