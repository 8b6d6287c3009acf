// Which of many sockets are ready: epoll(7), so that a turn costs what is ready, and not what is
// open. One thread.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>
#include <vector>

#include "exporter/web/socket.hpp"

namespace wgaudit {

class Watch {
 public:
  using Tag = std::uint64_t;

  Watch();  // throws std::system_error
  // From now on `tag` is told while `events` (POLLIN, POLLOUT) are there; 0: nothing of it any
  // more, a hang-up neither. `before`: what was watched of it so far. A socket that is closed is
  // forgotten. False where the kernel has no room for it.
  [[nodiscard]] bool change(int fd, Tag tag, short before, short events);
  // Those that are ready; none after the time, or a signal. Valid until the next call.
  [[nodiscard]] std::span<const Tag> wait(int milliseconds);

 private:
  Socket epoll_;
  std::vector<epoll_event> events_;
  std::vector<Tag> ready_;
};

}  // namespace wgaudit
