#include "collectors/netlink/channel.hpp"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "collectors/clock/clock.hpp"

namespace wgaudit {
namespace {

class MnlChannel final : public NetlinkChannel {
 public:
  explicit MnlChannel(mnl_socket* socket) : socket_(socket) {}
  ~MnlChannel() override { mnl_socket_close(socket_); }

  std::uint32_t port_id() const override { return mnl_socket_get_portid(socket_); }
  std::expected<void, int> send(Bytes request) override;
  std::expected<NetlinkDatagram, int> receive(std::span<std::byte> buffer,
                                              BootTime deadline) override;

 private:
  std::expected<NetlinkDatagram, int> receive_now(std::span<std::byte> buffer);
  std::expected<void, int> wait(BootTime deadline);

  mnl_socket* socket_;
};

std::expected<void, int> MnlChannel::send(Bytes request) {
  if (mnl_socket_sendto(socket_, request.data(), request.size()) < 0) {
    return std::unexpected(errno);
  }
  return {};
}

// By hand, not mnl_socket_recvfrom(): that one turns MSG_TRUNC into an error, dropping what did
// arrive, and does not say who sent it.
std::expected<NetlinkDatagram, int> MnlChannel::receive_now(std::span<std::byte> buffer) {
  sockaddr_nl sender{};
  iovec part{buffer.data(), buffer.size()};
  msghdr message{};
  message.msg_name = &sender;
  message.msg_namelen = sizeof sender;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const ssize_t size = recvmsg(mnl_socket_get_fd(socket_), &message, MSG_DONTWAIT);
  if (size < 0) return std::unexpected(errno);
  const auto used = std::min(static_cast<std::size_t>(size), buffer.size());
  // Port 0 is the kernel; a process that may write to our socket is answered with silence.
  if (sender.nl_pid != 0) return NetlinkDatagram{};
  return NetlinkDatagram{buffer.first(used), (message.msg_flags & MSG_TRUNC) != 0};
}

std::expected<void, int> MnlChannel::wait(BootTime deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(deadline - read_boot_clock());
  if (left <= milliseconds{0}) return std::unexpected(ETIMEDOUT);
  pollfd watched{mnl_socket_get_fd(socket_), POLLIN, 0};
  const int limit = static_cast<int>(std::min<milliseconds::rep>(left.count(), 60'000));
  if (poll(&watched, 1, limit) < 0 && errno != EINTR) return std::unexpected(errno);
  return {};
}

// Receives first and waits after: the kernel produces the next part of a dump while the one before
// is received, so that it is nearly always there.
std::expected<NetlinkDatagram, int> MnlChannel::receive(std::span<std::byte> buffer,
                                                        BootTime deadline) {
  for (;;) {
    if (read_boot_clock() >= deadline) return std::unexpected(ETIMEDOUT);
    auto datagram = receive_now(buffer);
    if (datagram) return datagram;
    if (datagram.error() == EINTR) continue;
    if (datagram.error() != EAGAIN) return datagram;
    if (const auto waited = wait(deadline); !waited) return std::unexpected(waited.error());
  }
}

int bus_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::route:
      return NETLINK_ROUTE;
    case Protocol::generic:
      return NETLINK_GENERIC;
    case Protocol::netfilter:
      return NETLINK_NETFILTER;
  }
  return -1;
}

std::expected<std::unique_ptr<NetlinkChannel>, int> open_channel(Protocol protocol) {
  mnl_socket* socket = mnl_socket_open2(bus_of(protocol), SOCK_CLOEXEC);
  if (socket == nullptr) return std::unexpected(errno);
  auto channel = std::make_unique<MnlChannel>(socket);
  if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) return std::unexpected(errno);
  int on = 1;  // explanations beside errno; a kernel without them still answers
  mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof on);
  return channel;
}

std::expected<std::string, int> read_kernel_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(errno);
  std::string text(kFileLimit, '\0');
  std::size_t used = 0;
  ssize_t got = 0;
  do {
    got = read(fd, text.data() + used, text.size() - used);
    if (got > 0) used += static_cast<std::size_t>(got);
  } while (got > 0 || (got < 0 && errno == EINTR));
  const int error = errno;
  close(fd);
  if (got < 0) return std::unexpected(error);
  text.resize(used);
  return text;
}

}  // namespace

NetlinkSystem real_netlink_system() {
  const auto pause = [](Duration time) { std::this_thread::sleep_for(time); };
  return {open_channel, read_boot_clock, pause, read_kernel_file};
}

}  // namespace wgaudit
