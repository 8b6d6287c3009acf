#include "exporter/net/connection.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <tuple>
#include <utility>

namespace wgaudit {
namespace {

std::string text_of(int error) { return std::generic_category().message(error); }

std::unexpected<Error> failed(const char* what, const std::string& target, std::string why) {
  return std::unexpected(Error{what, target, std::move(why)});
}
std::unexpected<Error> not_connected(const std::string& target, std::string why) {
  return failed("cannot connect", target, std::move(why));
}

// 0, or the errno that ended a connect(2) under way.
int outcome(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::expected<Descriptor, std::string> connect_to(const addrinfo& address, Deadline deadline,
                                                  const Interruption& stop) {
  Descriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return std::unexpected(text_of(errno));
  if (connect(socket.fd(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return std::unexpected(text_of(errno));
    const Ready ready = wait_for(socket.fd(), POLLOUT, deadline, stop);
    if (ready != Ready::yes) return std::unexpected(why_not(ready));
    if (const int error = outcome(socket.fd()); error != 0) return std::unexpected(text_of(error));
  }
  // A request is whole when it is written; a dead host is noticed while nothing is written too.
  for (const auto& [level, name, value] :
       std::initializer_list<std::tuple<int, int, int>>{{IPPROTO_TCP, TCP_NODELAY, 1},
                                                        {SOL_SOCKET, SO_KEEPALIVE, 1},
                                                        {IPPROTO_TCP, TCP_KEEPIDLE, 60},
                                                        {IPPROTO_TCP, TCP_KEEPINTVL, 10},
                                                        {IPPROTO_TCP, TCP_KEEPCNT, 3}}) {
    setsockopt(socket.fd(), level, name, &value, sizeof value);
  }
  return socket;
}

Deadline share_of(Deadline deadline, int addresses) {
  const auto now = std::chrono::steady_clock::now();
  return now + (deadline - now) / addresses;
}

std::expected<Descriptor, std::string> connect_to_any(const Addresses& addresses, Deadline deadline,
                                                      const Interruption& stop) {
  int left = 0;
  for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next) ++left;
  std::string why = "no address";
  for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next, --left) {
    auto socket = connect_to(*a, share_of(deadline, left), stop);
    if (socket) return socket;
    why = std::move(socket.error());
  }
  return std::unexpected(std::move(why));
}

}  // namespace

std::expected<ReceiverConnection, Error> ReceiverConnection::open(
    Resolver& resolver, const HostPort& target, const std::optional<TlsOptions>& tls,
    Deadline deadline, const Interruption& stop) {
  const std::string name = to_string(target);
  const auto addresses = resolver.resolve(target, SOCK_STREAM, deadline, stop);
  if (!addresses) return not_connected(name, addresses.error());
  auto socket = connect_to_any(*addresses, deadline, stop);
  if (!socket) return not_connected(name, std::move(socket.error()));
  ReceiverConnection connection(*std::move(socket), name, stop);
  if (!tls) return connection;
  auto session = TlsSession::handshake(connection.socket_.fd(), *tls, target.host, deadline, stop);
  if (!session) return not_connected(name, "TLS: " + session.error());
  connection.tls_ = *std::move(session);
  return connection;
}

ReceiverConnection::~ReceiverConnection() {
  if (socket_ && tls_) tls_->close();
}

std::expected<void, Error> ReceiverConnection::write(std::string_view bytes, Deadline deadline) {
  const auto not_sent = [&](std::string why) {
    return failed("cannot send", target_, std::move(why));
  };
  if (tls_) {
    auto written = tls_->write(bytes, deadline, *stop_);
    if (!written) return not_sent(std::move(written.error()));
    return {};
  }
  while (!bytes.empty()) {
    const Ready ready = wait_for(socket_.fd(), POLLOUT, deadline, *stop_);
    if (ready != Ready::yes) return not_sent(why_not(ready));
    const ssize_t size = send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno != EAGAIN && errno != EINTR) {
      return not_sent(text_of(errno));
    }
  }
  return {};
}

std::expected<std::size_t, Error> ReceiverConnection::read(std::span<char> buffer,
                                                           Deadline deadline) {
  const auto not_read = [&](std::string why) {
    return failed("no answer", target_, std::move(why));
  };
  if (tls_) {
    auto size = tls_->read(buffer, deadline, *stop_);
    if (!size) return not_read(std::move(size.error()));
    return *size;
  }
  for (;;) {
    const Ready ready = wait_for(socket_.fd(), POLLIN, deadline, *stop_);
    if (ready != Ready::yes) return not_read(why_not(ready));
    const ssize_t size = recv(socket_.fd(), buffer.data(), buffer.size(), 0);
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EAGAIN && errno != EINTR) return not_read(text_of(errno));
  }
}

std::size_t ReceiverConnection::unacknowledged() const {
  int bytes = 0;
  if (ioctl(socket_.fd(), SIOCOUTQ, &bytes) != 0 || bytes < 0) return 0;
  return static_cast<std::size_t>(bytes);
}

void ReceiverConnection::set_patience(Duration time) {
  const auto limit = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  const int value = static_cast<int>(limit);
  setsockopt(socket_.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
}

bool ReceiverConnection::is_quiet() {
  if (tls_) return tls_->is_quiet();
  pollfd fd{socket_.fd(), POLLIN | POLLRDHUP, 0};
  return poll(&fd, 1, 0) == 0;
}

}  // namespace wgaudit
