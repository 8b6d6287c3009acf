#include "exporter/web/watch.hpp"

#include <poll.h>

#include <cerrno>
#include <system_error>

namespace wgaudit {
namespace {

// Of one turn; the kernel begins the next with those that are left.
constexpr std::size_t kReadyAtOnce = 256;

std::uint32_t epoll_events(short events) {
  return ((events & POLLIN) != 0 ? std::uint32_t{EPOLLIN} : 0U) |
         ((events & POLLOUT) != 0 ? std::uint32_t{EPOLLOUT} : 0U);
}

}  // namespace

Watch::Watch() : epoll_(epoll_create1(EPOLL_CLOEXEC)), events_(kReadyAtOnce) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll");
  ready_.reserve(kReadyAtOnce);
}

bool Watch::change(int fd, Tag tag, short before, short events) {
  if (before == events) return true;
  epoll_event event{};
  event.events = epoll_events(events);
  event.data.u64 = tag;
  const int how = before == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  if (epoll_ctl(epoll_.fd(), how, fd, &event) == 0) return true;
  return how == EPOLL_CTL_ADD && errno == EEXIST;  // of several that were tried, some had room
}

std::span<const Watch::Tag> Watch::wait(int milliseconds) {
  ready_.clear();
  const int count =
      epoll_wait(epoll_.fd(), events_.data(), static_cast<int>(events_.size()), milliseconds);
  for (int i = 0; i < count; ++i) {
    const Tag tag = events_[static_cast<std::size_t>(i)].data.u64;  // packed: no reference to it
    ready_.push_back(tag);
  }
  return ready_;
}

}  // namespace wgaudit
