// Listening sockets: an address as the flag has it, or what systemd hands over, to bound,
// non-blocking sockets.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "collectors/model/error.hpp"
#include "exporter/web/socket.hpp"
#include "exporter/web/unix_socket.hpp"

namespace wgaudit {

struct Listener {
  Socket socket;
  std::string address;   // as bound: numeric, or "unix:PATH"
  std::string said;      // as the flag has it; of systemd's the same as `address`
  bool exposed = false;  // others than this host can reach it
  UnixPath path = {};    // of a unix socket that we made
};
// "HOST:PORT", "[V6]:PORT", ":PORT", "unix:PATH".
[[nodiscard]] std::expected<Listener, Error> listen_on(const std::string& address);

// Those of sd_listen_fds(3): all of them, one at least. REQUIRES: called once, a
// Listener closes its descriptor.
[[nodiscard]] std::expected<std::vector<Listener>, Error> take_systemd_sockets();

// Whether only this host can be at the other end of a connection: this one is a loopback address,
// or it is a unix socket.
[[nodiscard]] bool is_local(int connection);

}  // namespace wgaudit
