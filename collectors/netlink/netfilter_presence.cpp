#include "collectors/netlink/netfilter_presence.hpp"

#include <linux/netlink.h>

#include <cerrno>
#include <sstream>

namespace wgaudit {
namespace {

// Lines of net/netlink/af_netlink.c, netlink_native_seq_show(): sk, Eth, Pid, …; Pid 0 is the
// kernel's own socket.
bool has_kernel_socket(const std::string& listing, int protocol) {
  std::istringstream lines(listing);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    std::string address;
    int bus = -1;
    long port = -1;
    if (columns >> address >> bus >> port && bus == protocol && port == 0) return true;
  }
  return false;
}

// The file is there when the module is loaded, and names the tables of the namespace. Only root may
// read it: who may not, has to take them for there.
bool has_tables(const NetlinkSystem& system, const std::string& path) {
  const auto tables = system.read_file(path);
  return tables ? !tables->empty() : tables.error() != ENOENT;
}

}  // namespace

Presence nftables_presence(const NetlinkSystem& system) {
  if (const auto state = system.read_file("/sys/module/nf_tables/initstate"); state) {
    return state->starts_with("live") ? Presence::present : Presence::absent;
  }
  // nf_tables needs nfnetlink: where that is a module, the other one is, too, and not loaded.
  if (system.read_file("/sys/module/nfnetlink/initstate")) return Presence::absent;
  const auto sockets = system.read_file("/proc/thread-self/net/netlink");
  if (!sockets || sockets->size() == kFileLimit) return Presence::unknown;  // may have more
  if (!has_kernel_socket(*sockets, NETLINK_NETFILTER)) return Presence::absent;
  // nfnetlink is built in; so may nf_tables be.
  return Presence::unknown;
}

bool has_legacy_ipv4(const NetlinkSystem& system) {
  return has_tables(system, "/proc/thread-self/net/ip_tables_names");
}

bool has_legacy_ipv6(const NetlinkSystem& system) {
  return has_tables(system, "/proc/thread-self/net/ip6_tables_names");
}

}  // namespace wgaudit
