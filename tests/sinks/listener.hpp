// The other end of a sink, in the test's own thread: a socket on 127.0.0.1 or ::1, at a free port.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "exporter/net/descriptor.hpp"

namespace wgaudit::test {

// Waits so long for what must come.
inline constexpr std::chrono::seconds kListenerPatience{20};

class Listener {
 public:
  enum class Kind : std::uint8_t { tcp, udp };
  explicit Listener(Kind kind, bool v6 = false);
  // The next connection; the one before is closed. `reset`: with an RST.
  void accept();
  void close_connection(bool reset = false);
  void stop_listening() { socket_ = Descriptor(); }

  // At least so many bytes of the connection.
  [[nodiscard]] std::string read_at_least(std::size_t bytes);
  // Of UDP.
  [[nodiscard]] std::string read_datagram();
  void send(const std::string& text);

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Descriptor socket_, connection_;
  std::uint16_t port_ = 0;
};

}  // namespace wgaudit::test
