#include "tests/sinks/listener.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace wgaudit::test {
namespace {

bool ready(int fd) {
  pollfd one{fd, POLLIN, 0};
  return poll(&one, 1, static_cast<int>(std::chrono::milliseconds(kListenerPatience).count())) == 1;
}

}  // namespace

Listener::Listener(Kind kind, bool v6)
    : socket_(socket(v6 ? AF_INET6 : AF_INET,
                     (kind == Kind::tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0)) {
  sockaddr_in6 address6{};
  address6.sin6_family = AF_INET6;
  address6.sin6_addr = in6addr_loopback;
  sockaddr_in address4{};
  address4.sin_family = AF_INET;
  address4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* address =
      v6 ? reinterpret_cast<sockaddr*>(&address6) : reinterpret_cast<sockaddr*>(&address4);
  socklen_t size = v6 ? sizeof address6 : sizeof address4;
  EXPECT_EQ(bind(socket_.fd(), address, size), 0);
  if (kind == Kind::tcp) EXPECT_EQ(listen(socket_.fd(), 8), 0);
  getsockname(socket_.fd(), address, &size);
  port_ = ntohs(v6 ? address6.sin6_port : address4.sin_port);
}

void Listener::accept() {
  ASSERT_TRUE(ready(socket_.fd())) << "nobody connects";
  connection_ = Descriptor(accept4(socket_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
}

void Listener::close_connection(bool reset) {
  const linger at_once{1, 0};
  if (reset) setsockopt(connection_.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  connection_ = Descriptor();
}

std::string Listener::read_at_least(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    char buffer[65'536];
    if (!ready(connection_.fd())) break;
    const ssize_t size = recv(connection_.fd(), buffer, sizeof buffer, 0);
    if (size <= 0) break;
    text.append(buffer, static_cast<std::size_t>(size));
  }
  EXPECT_GE(text.size(), bytes);
  return text;
}

std::string Listener::read_datagram() {
  char buffer[65'536];
  if (!ready(socket_.fd())) return "";
  const ssize_t size = recv(socket_.fd(), buffer, sizeof buffer, 0);
  return {buffer, static_cast<std::size_t>(size > 0 ? size : 0)};
}

void Listener::send(const std::string& text) {
  EXPECT_EQ(::send(connection_.fd(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

}  // namespace wgaudit::test
