// The seam to the kernel: a netlink socket, and the clock its deadlines are measured by. Tests put
// a kernel of recorded answers here.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "collectors/model/time.hpp"
#include "collectors/netlink/attribute.hpp"

namespace wgaudit {

enum class Protocol { route, generic, netfilter };

struct NetlinkDatagram {
  Bytes bytes;       // into the caller's buffer
  bool cut = false;  // MSG_TRUNC: the kernel had more than the buffer takes
};

// One socket, for one request at a time. Closing it is what ends a dump that is not read to its
// end: an unfinished one blocks the deletion of its interface, and keeps its namespace alive.
class NetlinkChannel {
 public:
  NetlinkChannel() = default;
  virtual ~NetlinkChannel() = default;
  NetlinkChannel(const NetlinkChannel&) = delete;
  NetlinkChannel& operator=(const NetlinkChannel&) = delete;

  [[nodiscard]] virtual std::uint32_t port_id() const = 0;
  // Errors are errno values.
  [[nodiscard]] virtual std::expected<void, int> send(Bytes request) = 0;
  // Waits until `deadline`, then ETIMEDOUT. Signals do not end the wait.
  [[nodiscard]] virtual std::expected<NetlinkDatagram, int> receive(std::span<std::byte> buffer,
                                                                    BootTime deadline) = 0;
};

struct NetlinkSystem {
  std::function<std::expected<std::unique_ptr<NetlinkChannel>, int>(Protocol)> open;
  std::function<BootTime()> now;
  std::function<void(Duration)> pause;  // sleeps
  // A file of /proc or /sys, its first kFileLimit bytes; errno.
  std::function<std::expected<std::string, int>(const std::string& path)> read_file;
};
inline constexpr std::size_t kFileLimit = std::size_t{64} << 10U;

// The real one: libmnl sockets and /proc/thread-self/net in the calling thread's network namespace,
// CLOCK_BOOTTIME.
[[nodiscard]] NetlinkSystem real_netlink_system();

}  // namespace wgaudit
