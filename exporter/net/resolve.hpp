// Names to addresses, with a deadline.
//
// getaddrinfo(3) can neither be bounded nor interrupted: it runs in a thread of its own, which is
// left alone when the deadline comes first. A Resolver has one such thread at most: the next
// resolve() of the same name waits for the answer that is under way.
#pragma once

#include <netdb.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "exporter/net/wait.hpp"

namespace wgaudit {

struct HostPort {
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};
[[nodiscard]] std::string to_string(const HostPort& target);  // "[::1]:443"

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;  // never empty

// One thread at a time.
class Resolver {
 public:
  // `socket_type`: SOCK_STREAM or SOCK_DGRAM. The error says why.
  [[nodiscard]] std::expected<Addresses, std::string> resolve(const HostPort& target,
                                                              int socket_type, Deadline deadline,
                                                              const Interruption& stop);

 private:
  struct Lookup;
  std::shared_ptr<Lookup> pending_;
};

}  // namespace wgaudit
