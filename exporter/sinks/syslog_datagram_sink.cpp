#include "exporter/sinks/syslog_datagram_sink.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace wgaudit {
namespace {

using std::chrono::steady_clock;

// A name may move to another address, and a datagram to the old one fails without a word.
constexpr std::chrono::minutes kResolvedFor{5};

using Opened = std::expected<Descriptor, std::string>;

std::unexpected<std::string> why_of(int error) {
  return std::unexpected(std::generic_category().message(error));
}

Opened connect_datagram(int family, const sockaddr* address, socklen_t size) {
  Descriptor socket(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket || connect(socket.fd(), address, size) != 0) return why_of(errno);
  return socket;
}

Opened open_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return why_of(ENAMETOOLONG);
  std::memcpy(&address.sun_path[0], path.data(), path.size());
  return connect_datagram(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// The first address that there is a route to: nobody answers.
Opened open_udp(const Addresses& addresses) {
  Opened opened = std::unexpected("no address");
  for (const addrinfo* a = addresses.get(); a != nullptr && !opened; a = a->ai_next) {
    opened = connect_datagram(a->ai_family, a->ai_addr, a->ai_addrlen);
  }
  return opened;
}

std::string name_of(const std::variant<HostPort, std::string>& target) {
  const auto* path = std::get_if<std::string>(&target);
  return path != nullptr ? *path : to_string(std::get<HostPort>(target));
}

}  // namespace

SyslogDatagramSink::SyslogDatagramSink(SyslogDatagramOptions options)
    : options_(std::move(options)) {}

std::uint64_t SyslogDatagramSink::resume(const std::string& installation,
                                         std::optional<std::uint64_t> cursor) {
  installation_ = installation;
  return cursor.value_or(0);
}

Deadline SyslogDatagramSink::deadline() const {
  return steady_clock::now() +
         std::chrono::duration_cast<steady_clock::duration>(options_.time_limit);
}

// An error tells of a datagram that was sent before: all of the batch comes again.
std::expected<void, Sink::Failure> SyslogDatagramSink::deliver(const EventBatch& batch) {
  installation_ = batch.installation;
  auto sent = stand_ready();
  for (auto event = batch.events.begin(); sent && event != batch.events.end(); ++event) {
    const std::string json = encode(*event, options_.format, options_.origin, installation_);
    sent = send(syslog_message(*event, options_.sender, json));
  }
  if (sent) return {};
  socket_ = Descriptor();
  return std::unexpected(
      Failure{{"cannot send events", name_of(options_.target), std::move(sent.error())},
              batch.events.front().sequence - 1});
}

std::expected<void, Sink::Failure> SyslogDatagramSink::tend(bool reopen) {
  if (reopen) socket_ = Descriptor();
  return {};
}

std::expected<void, std::string> SyslogDatagramSink::stand_ready() {
  const auto* target = std::get_if<HostPort>(&options_.target);
  if (socket_ && (target == nullptr || steady_clock::now() < opened_ + kResolvedFor)) return {};
  Opened opened;
  if (target == nullptr) {
    opened = open_unix(std::get<std::string>(options_.target));
  } else {
    const auto addresses = resolver_.resolve(*target, SOCK_DGRAM, deadline(), stop_);
    if (!addresses) return std::unexpected(addresses.error());
    opened = open_udp(*addresses);
  }
  if (!opened) return std::unexpected(std::move(opened.error()));
  socket_ = *std::move(opened);
  opened_ = steady_clock::now();
  return {};
}

std::expected<void, std::string> SyslogDatagramSink::send(std::string_view message) {
  for (;;) {
    // A unix socket whose reader is slow is not ready; one of UDP nearly always is.
    const Ready ready = wait_for(socket_.fd(), POLLOUT, deadline(), stop_);
    if (ready != Ready::yes) return std::unexpected(why_not(ready));
    if (::send(socket_.fd(), message.data(), message.size(), MSG_NOSIGNAL) >= 0) return {};
    if (errno != EAGAIN && errno != EINTR) return why_of(errno);
  }
}

}  // namespace wgaudit
