#include "exporter/sinks/stdout_sink.hpp"

#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace wgaudit {
namespace {

constexpr std::size_t kWriteBytes = PIPE_BUF;
constexpr std::size_t kMaxWaiting = std::size_t{1} << 18U;

std::unexpected<Error> failed(std::string why) {
  return std::unexpected(Error{"cannot write events", "standard output", std::move(why)});
}

}  // namespace

StdoutSink::StdoutSink(int fd, EventOrigin origin, EventFormat format)
    : fd_(fd), origin_(std::move(origin)), format_(format), interrupted_(eventfd(0, EFD_CLOEXEC)) {
  if (!interrupted_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

std::uint64_t StdoutSink::resume(const std::string& installation,
                                 std::optional<std::uint64_t> cursor) {
  installation_ = installation;
  encoded_ = delivered_ = cursor.value_or(0);
  waiting_.keep_begun();  // half a line would spoil the next one too
  return delivered_;
}

std::expected<void, Sink::Failure> StdoutSink::deliver(const EventBatch& batch) {
  if (batch.installation != installation_) (void)resume(batch.installation, std::nullopt);
  auto written = write_all(batch);
  for (const WaitingLines::Line& line : waiting_.take_written()) {
    delivered_ = std::max(delivered_, line.sequence);
  }
  if (!written) return std::unexpected(Failure{std::move(written.error()), delivered_});
  return {};
}

void StdoutSink::interrupt() { eventfd_write(interrupted_.fd(), 1); }

std::expected<void, Error> StdoutSink::write_all(const EventBatch& batch) {
  for (const Event& event : batch.events) {
    if (event.sequence <= encoded_) continue;
    waiting_.add(encode(event, format_, origin_, installation_), event.sequence);
    encoded_ = event.sequence;
    if (waiting_.rest().size() < kMaxWaiting) continue;
    if (auto flushed = flush(); !flushed) return flushed;
  }
  return flush();
}

std::expected<void, Error> StdoutSink::flush() {
  while (!waiting_.rest().empty()) {
    if (auto ready = wait_ready(); !ready) return ready;
    const std::string_view rest = waiting_.rest().substr(0, kWriteBytes);
    const ssize_t size = write(fd_, rest.data(), rest.size());
    if (size >= 0) {
      waiting_.wrote(static_cast<std::size_t>(size));
    } else if (errno == EPIPE) {
      return failed("closed");
    } else if (errno != EINTR && errno != EAGAIN) {  // EAGAIN: another made it non-blocking
      return failed(std::generic_category().message(errno));
    }
  }
  return {};
}

std::expected<void, Error> StdoutSink::wait_ready() const {
  for (;;) {
    pollfd fds[] = {{fd_, POLLOUT, 0}, {interrupted_.fd(), POLLIN, 0}};
    const int count = poll(fds, std::size(fds), -1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(std::generic_category().message(errno));
    if (fds[1].revents != 0) return failed("interrupted");
    if ((fds[0].revents & POLLNVAL) != 0) return failed("no such descriptor");
    if ((fds[0].revents & (POLLERR | POLLHUP)) != 0) return failed("closed");
    return {};
  }
}

}  // namespace wgaudit
