#include "exporter/web/listen.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "collectors/model/cidr.hpp"

namespace wgaudit {
namespace {

constexpr int kBacklog = 256;

struct Hint {
  int error;
  std::string_view text;
};
constexpr Hint kHints[] = {
    {EADDRINUSE, "is another wgaudit running? choose another with --web.listen-address"},
    {EADDRNOTAVAIL, "no interface of this host has it; choose another with --web.listen-address"},
    {EACCES,
     "a port below 1024 needs CAP_NET_BIND_SERVICE; choose a higher one with "
     "--web.listen-address"},
    {EAFNOSUPPORT,
     "this host has no such address family; choose another address with "
     "--web.listen-address"},
};

std::string reason(int error) {
  std::string text = std::generic_category().message(error);
  const auto* hint = std::ranges::find(kHints, error, &Hint::error);
  if (hint != std::end(kHints)) text += " (" + std::string(hint->text) + ")";
  return text;
}

Error cannot_listen(const std::string& address, std::string why) {
  return {"cannot listen", address, std::move(why)};
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::expected<AddressList, std::string> resolve(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                std::to_string(address.port).c_str(), &hints, &list);
  if (error != 0) return std::unexpected(gai_strerror(error));
  return AddressList{list, &freeaddrinfo};
}

// 0, or the errno that stood in the way.
int try_bind(Socket& out, const addrinfo& target) {
  Socket socket{::socket(target.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket) return errno;
  const int on = 1, off = 0;
  setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // [::] means both families, whatever net.ipv6.bindv6only says.
  if (target.ai_family == AF_INET6) {
    setsockopt(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (bind(socket.fd(), target.ai_addr, target.ai_addrlen) != 0) return errno;
  if (listen(socket.fd(), kBacklog) != 0) return errno;
  out = std::move(socket);
  return 0;
}

struct Local {
  sockaddr_storage storage{};
  [[nodiscard]] const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage);  // as the sockets API wants it
  }
};
std::optional<Local> local_address(int socket) {
  Local local;
  socklen_t size = sizeof local.storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&local.storage), &size) != 0) {
    return std::nullopt;
  }
  return local;
}

std::string numeric(int socket) {
  const auto local = local_address(socket);
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (!local || getnameinfo(local->get(), sizeof local->storage, host, sizeof host, port,
                            sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "?";
  }
  const bool v6 = local->storage.ss_family == AF_INET6;
  return (v6 ? '[' + std::string(host) + ']' : std::string(host)) + ':' + port;
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  ListenAddress address;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return std::nullopt;  // an IPv6 address without brackets is no address and port
  }
  if (host.find_first_of(std::string_view(" \t\r\n/\0", 6)) != std::string_view::npos) {
    return std::nullopt;
  }
  address.host = host;
  return address;
}

bool is_exposed(std::string_view address) {
  const auto parsed = parse_listen_address(address);
  if (!parsed) return true;
  if (parsed->host == "localhost") return false;
  const auto host = parse_address(parsed->host);
  if (!host) return true;
  const bool loopback =
      host->family == Family::ipv4 ? host->bytes[0] == 127 : to_string(*host) == "::1";
  return !loopback;
}

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}
int Socket::release() { return std::exchange(fd_, -1); }
void Socket::reset() {
  if (fd_ >= 0) close(release());
}

std::expected<Listener, Error> listen_on(const std::string& address) {
  const auto parsed = parse_listen_address(address);
  if (!parsed) {
    return std::unexpected(cannot_listen(address, "not HOST:PORT, [IPV6]:PORT or :PORT"));
  }
  const auto targets = resolve(*parsed);
  if (!targets) return std::unexpected(cannot_listen(address, targets.error()));
  // All addresses: one IPv6 socket takes both families; without IPv6 the IPv4 one. A name: IPv4,
  // as those expect who go to 127.0.0.1 afterwards.
  std::vector<const addrinfo*> order;
  for (const addrinfo* t = targets->get(); t != nullptr; t = t->ai_next) order.push_back(t);
  std::ranges::stable_sort(order, {}, &addrinfo::ai_family);
  if (parsed->host.empty()) std::ranges::reverse(order);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* target : order) {
    Listener listener;
    error = try_bind(listener.socket, *target);
    if (error == 0) {
      listener.address = numeric(listener.socket.fd());
      return listener;
    }
    if (error == EADDRINUSE || error == EACCES) break;  // the other family would hide it
  }
  return std::unexpected(cannot_listen(address, reason(error)));
}

bool is_local(int connection) {
  const auto local = local_address(connection);
  if (!local) return false;
  if (local->storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&local->storage);
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  if (local->storage.ss_family != AF_INET6) return false;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(&local->storage)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

}  // namespace wgaudit
