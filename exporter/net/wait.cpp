#include "exporter/net/wait.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

namespace wgaudit {
namespace {

// Upwards: poll(2) must not return just before the deadline, over and over.
int milliseconds_until(Deadline deadline) {
  using std::chrono::milliseconds;
  const auto rest = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp(rest, milliseconds{0}, milliseconds{1'000'000}).count());
}

}  // namespace

Interruption::Interruption() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Interruption::interrupt() const { eventfd_write(event_.fd(), 1); }

Ready wait_for(int fd, short events, Deadline deadline, const Interruption& stop) {
  for (;;) {
    pollfd fds[] = {{fd, events, 0}, {stop.fd(), POLLIN, 0}};
    const int count = poll(fds, std::size(fds), milliseconds_until(deadline));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 || (fds[0].revents & POLLNVAL) != 0) return Ready::failed;
    if (fds[1].revents != 0) return Ready::interrupted;
    if (fds[0].revents != 0) return Ready::yes;
    if (std::chrono::steady_clock::now() >= deadline) return Ready::late;
  }
}

const char* why_not(Ready ready) {
  switch (ready) {
    case Ready::yes:
      return "";
    case Ready::late:
      return "timed out";
    case Ready::interrupted:
      return "interrupted";
    case Ready::failed:
      return "cannot wait";
  }
  return "";
}

}  // namespace wgaudit
