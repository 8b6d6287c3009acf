#include "exporter/net/resolve.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace wgaudit {
namespace {

int look_up(const HostPort& target, int socket_type, int flags, Addresses& found) {
  addrinfo hints{};
  hints.ai_socktype = socket_type;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* list = nullptr;
  const int error =
      getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &list);
  if (error == 0) found.reset(list);
  return error;
}

}  // namespace

std::string to_string(const HostPort& target) {
  const bool v6 = target.host.find(':') != std::string::npos;
  return (v6 ? '[' + target.host + ']' : target.host) + ':' + std::to_string(target.port);
}

// Shared by who waits and the thread that looks; the last of them frees it.
struct Resolver::Lookup {
  HostPort target;
  int socket_type = 0;
  Descriptor done{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::mutex mutex;
  int error = 0;
  Addresses found;

  void run() {
    Addresses list;
    const int result = look_up(target, socket_type, AI_ADDRCONFIG, list);
    {
      const std::scoped_lock lock(mutex);
      error = result;
      found = std::move(list);
    }
    eventfd_write(done.fd(), 1);
  }
};

std::expected<Addresses, std::string> Resolver::resolve(const HostPort& target, int socket_type,
                                                        Deadline deadline,
                                                        const Interruption& stop) {
  Addresses numeric;
  if (look_up(target, socket_type, AI_NUMERICHOST, numeric) == 0) return numeric;
  const bool same = pending_ && pending_->target == target && pending_->socket_type == socket_type;
  if (!same) {
    auto lookup = std::make_shared<Lookup>();
    lookup->target = target;
    lookup->socket_type = socket_type;
    if (!lookup->done) return std::unexpected("no descriptor is left");
    try {
      std::thread([lookup] { lookup->run(); }).detach();
    } catch (const std::system_error& error) {
      return std::unexpected(error.code().message());
    }
    pending_ = std::move(lookup);
  }
  const Ready ready = wait_for(pending_->done.fd(), POLLIN, deadline, stop);
  if (ready != Ready::yes) {
    return std::unexpected(std::string("looking up the name ") + why_not(ready));
  }
  const auto lookup = std::exchange(pending_, nullptr);
  const std::scoped_lock lock(lookup->mutex);
  if (lookup->error != 0) return std::unexpected(gai_strerror(lookup->error));
  return std::move(lookup->found);
}

}  // namespace wgaudit
