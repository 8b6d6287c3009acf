#include "exporter/web/client_source.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "exporter/web/local_address.hpp"

namespace wgaudit {
namespace {

ClientSource of_ipv4(const std::uint8_t* bytes) {
  ClientSource source;
  std::copy_n(bytes, 4, source.prefix.begin());
  return source;
}

}  // namespace

std::optional<ClientSource> source_of(const sockaddr_storage& peer) {
  if (is_of_this_host(peer)) return std::nullopt;
  if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);  // as the sockets API wants it
    return of_ipv4(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr));
  }
  if (peer.ss_family != AF_INET6) return std::nullopt;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return of_ipv4(&v6.s6_addr[12]);
  ClientSource source;
  source.is_ipv6 = true;
  std::copy_n(&v6.s6_addr[0], source.prefix.size(), source.prefix.begin());
  return source;
}

}  // namespace wgaudit
