// Listening sockets: an address as the flag has it, to a bound, non-blocking socket.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/error.hpp"

namespace wgaudit {

struct ListenAddress {
  std::string host;  // "": all addresses of both families
  std::uint16_t port = 0;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};
// "HOST:PORT", "[V6]:PORT", ":PORT". Pure.
[[nodiscard]] std::optional<ListenAddress> parse_listen_address(std::string_view text);

// Whether others than this host can reach it. What is not understood is. Pure.
[[nodiscard]] bool is_exposed(std::string_view address);

// A file descriptor that is closed with its owner.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { reset(); }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

struct Listener {
  Socket socket;
  std::string address;  // as bound, numeric
};
[[nodiscard]] std::expected<Listener, Error> listen_on(const std::string& address);

// Whether this end of a connection is a loopback address: then only this host can be at the other.
[[nodiscard]] bool is_local(int connection);

}  // namespace wgaudit
