// A plain HTTP client for tests of the server, and a server to talk to. Loopback only.
#pragma once

#include <string>
#include <string_view>

#include "exporter/web/server.hpp"

namespace wgaudit::test {

// A connection to "127.0.0.1:PORT", "[::1]:PORT" or "unix:/PATH"; aborts when there is none to be
// had.
class Client {
 public:
  explicit Client(const std::string& address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // Best effort: false when the server has cut the connection.
  bool send(std::string_view bytes) const;
  // Until `size` bytes are there, the server closes, or `seconds` are over.
  [[nodiscard]] std::string receive(std::size_t size, int seconds = 10) const;
  // One response: head, and as many bytes as its Content-Length says unless it is to a HEAD.
  [[nodiscard]] std::string response(bool to_head = false) const;
  [[nodiscard]] std::string until_closed(int seconds = 10) const {
    return receive(1U << 30, seconds);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

// Sends one request on a connection of its own and returns the response, up to the close.
[[nodiscard]] std::string ask(const std::string& address, std::string_view request);
// GET with Host: localhost and Connection: close.
[[nodiscard]] std::string get(const std::string& address, std::string_view path);
[[nodiscard]] int status_of(std::string_view response);
[[nodiscard]] std::string_view body_of(std::string_view response);
// The value of a header, "" when absent.
[[nodiscard]] std::string header_of(std::string_view response, std::string_view name);

}  // namespace wgaudit::test
