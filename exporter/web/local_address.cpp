#include "exporter/web/local_address.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

namespace wgaudit {
namespace {

constexpr std::uint8_t kLoopbackNet = 127;

// unix(7): empty for an unnamed one; an abstract one begins with NUL.
std::string path_of(const LocalAddress& address) {
  const auto& un = reinterpret_cast<const sockaddr_un&>(address.storage);
  const std::size_t size =
      address.size - std::min<std::size_t>(address.size, offsetof(sockaddr_un, sun_path));
  if (size > 0 && un.sun_path[0] == '\0') return "@" + std::string(un.sun_path + 1, size - 1);
  return {un.sun_path, strnlen(un.sun_path, size)};
}

}  // namespace

std::optional<LocalAddress> local_address(int socket) {
  LocalAddress local;
  local.size = sizeof local.storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&local.storage), &local.size) != 0) {
    return std::nullopt;
  }
  return local;
}

std::string to_text(const LocalAddress& address) {
  if (address.storage.ss_family == AF_UNIX) return "unix:" + path_of(address);
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address.storage), address.size, host,
                  sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "?";
  }
  const bool v6 = address.storage.ss_family == AF_INET6;
  return (v6 ? '[' + std::string(host) + ']' : std::string(host)) + ':' + port;
}

bool is_of_this_host(const sockaddr_storage& address) {
  if (address.ss_family == AF_UNIX) return true;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == kLoopbackNet;
  }
  if (address.ss_family != AF_INET6) return false;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == kLoopbackNet);
}

}  // namespace wgaudit
