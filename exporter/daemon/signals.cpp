#include "exporter/daemon/signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace wgaudit {
namespace {

constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours{24};  // poll(2) takes an int

}  // namespace

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

Signals::~Signals() { close(fd_); }

Signal Signals::wait(Duration time_limit, const std::vector<int>& more_fds) {
  using std::chrono::milliseconds;
  const auto wanted = std::chrono::ceil<milliseconds>(time_limit);
  const auto limit = std::clamp(wanted, milliseconds{0}, kLongestWait);
  std::vector<pollfd> ready{{fd_, POLLIN, 0}};
  for (const int fd : more_fds) ready.push_back({fd, POLLIN, 0});
  if (poll(ready.data(), ready.size(), static_cast<int>(limit.count())) <= 0) return Signal::none;
  signalfd_siginfo info{};
  if ((ready[0].revents & POLLIN) != 0 &&
      read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    return info.ssi_signo == SIGHUP ? Signal::reload : Signal::stop;
  }
  const bool readable =
      std::ranges::any_of(ready, [](const pollfd& one) { return (one.revents & POLLIN) != 0; });
  return readable ? Signal::readable : Signal::none;
}

}  // namespace wgaudit
