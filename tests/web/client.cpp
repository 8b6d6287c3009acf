#include "tests/web/client.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "exporter/config/listen_address.hpp"

namespace wgaudit::test {

namespace {

int connect_to_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("connect");
    std::abort();
  }
  return fd;
}

}  // namespace

Client::Client(const std::string& address) {
  const auto target = parse_listen_address(address);
  if (target && !target->path.empty()) {
    fd_ = connect_to_path(target->path);
    return;
  }
  addrinfo hints{}, *list = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  if (!target ||
      getaddrinfo(target->host.c_str(), std::to_string(target->port).c_str(), &hints, &list) != 0) {
    std::abort();
  }
  fd_ = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || connect(fd_, list->ai_addr, list->ai_addrlen) != 0) {
    std::perror("connect");
    std::abort();
  }
  freeaddrinfo(list);
}
Client::~Client() { close(fd_); }

bool Client::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

std::string Client::receive(std::size_t size, int seconds) const {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::seconds{seconds};
  std::string text;
  while (text.size() < size) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd polled{fd_, POLLIN, 0};
    if (left <= 0 || poll(&polled, 1, static_cast<int>(left)) <= 0) break;
    char buffer[64 * 1024];
    const ssize_t got = recv(fd_, buffer, std::min(sizeof buffer, size - text.size()), 0);
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

std::string Client::response(bool to_head) const {
  std::string text;
  while (!text.ends_with("\r\n\r\n")) {
    const std::string byte = receive(1);
    if (byte.empty()) return text;
    text += byte;
  }
  if (to_head) return text;
  return text + receive(std::strtoul(header_of(text, "Content-Length").c_str(), nullptr, 10));
}

std::string ask(const std::string& address, std::string_view request) {
  const Client client(address);
  client.send(request);
  return client.until_closed();
}

std::string get(const std::string& address, std::string_view path) {
  return ask(address, "GET " + std::string(path) +
                          " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}

int status_of(std::string_view response) {
  if (!response.starts_with("HTTP/1.1 ")) return 0;
  return std::atoi(std::string(response.substr(9, 3)).c_str());
}

std::string_view body_of(std::string_view response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string_view{} : response.substr(end + 4);
}

std::string header_of(std::string_view response, std::string_view name) {
  const std::string_view head = response.substr(0, response.find("\r\n\r\n"));
  const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string_view::npos) return "";
  const std::string_view value = head.substr(at + name.size() + 4);
  return std::string(value.substr(0, value.find("\r\n")));
}

}  // namespace wgaudit::test
