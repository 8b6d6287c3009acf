#include "exporter/web/listen.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "exporter/config/listen_address.hpp"
#include "exporter/web/local_address.hpp"

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

std::expected<Listener, Error> listen_at(const std::string& address, const ListenAddress& parsed) {
  const auto targets = resolve(parsed);
  if (!targets) return std::unexpected(cannot_listen(address, targets.error()));
  // All addresses: one IPv6 socket takes both families; without IPv6 the IPv4 one. A name: IPv4,
  // as those expect who go to 127.0.0.1 afterwards.
  std::vector<const addrinfo*> order;
  for (const addrinfo* t = targets->get(); t != nullptr; t = t->ai_next) order.push_back(t);
  std::ranges::stable_sort(order, {}, &addrinfo::ai_family);
  if (parsed.host.empty()) std::ranges::reverse(order);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* target : order) {
    Listener listener;
    error = try_bind(listener.socket, *target);
    if (error == 0) {
      const auto bound = local_address(listener.socket.fd());
      listener.address = bound ? to_text(*bound) : "?";
      listener.said = address;
      listener.exposed = !bound || !is_of_this_host(bound->storage);
      return listener;
    }
    if (error == EADDRINUSE || error == EACCES) break;  // the other family would hide it
  }
  return std::unexpected(cannot_listen(address, reason(error)));
}

}  // namespace

std::expected<Listener, Error> listen_on(const std::string& address) {
  const auto parsed = parse_listen_address(address);
  if (!parsed) {
    return std::unexpected(
        cannot_listen(address, "not HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH"));
  }
  if (parsed->path.empty()) return listen_at(address, *parsed);
  auto listener = listen_at_path(parsed->path);
  if (!listener) return std::unexpected(cannot_listen(address, listener.error()));
  return Listener{std::move(listener->socket), address, address, false, std::move(listener->path)};
}

bool is_local(int connection) {
  const auto local = local_address(connection);
  return local && is_of_this_host(local->storage);
}

}  // namespace wgaudit
