// This end of a socket: its address as the kernel has it.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

namespace wgaudit {

struct LocalAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};
[[nodiscard]] std::optional<LocalAddress> local_address(int socket);

// "127.0.0.1:9586", "[::1]:9586", "unix:/run/wgaudit.sock"; "?" where there is none.
[[nodiscard]] std::string to_text(const LocalAddress& address);

// A loopback address, or a unix socket: of either end of a connection.
[[nodiscard]] bool is_of_this_host(const sockaddr_storage& address);

}  // namespace wgaudit
