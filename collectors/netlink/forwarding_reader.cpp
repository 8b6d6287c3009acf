#include "collectors/netlink/forwarding_reader.hpp"

#include <linux/netconf.h>
#include <sys/socket.h>

#include <algorithm>
#include <expected>

#include "collectors/netlink/exchange.hpp"
#include "collectors/netlink/netconf.hpp"
#include "collectors/netlink/netfilter_presence.hpp"
#include "collectors/netlink/retry.hpp"
#include "collectors/netlink/ruleset_reader.hpp"

namespace wgaudit {
namespace {

enum class Switch : std::uint8_t { off, on, unreadable };

// Whether the kernel forwards what comes in on a link, by its settings alone.
class SwitchReader {
 public:
  SwitchReader(NetlinkChannel& channel, BootTime until) : link_(channel, until) {}

  // ip_forward(): the setting of the interface that the packet came in on.
  Switch ipv4(std::uint32_t ifindex) {
    return of(read(AF_INET, static_cast<std::int32_t>(ifindex)), false);
  }

  // ip6_forward(): that of the namespace, or the force_forwarding of the interface. One without
  // IPv6 takes none in.
  Switch ipv6(std::uint32_t ifindex) {
    const auto own = read(AF_INET6, static_cast<std::int32_t>(ifindex));
    const Switch forced = of(own, true);
    if (forced != Switch::off || !own || !*own) return forced;
    if (!all_ipv6_) all_ipv6_ = of(read(AF_INET6, NETCONFA_IFINDEX_ALL), false);
    return *all_ipv6_;
  }

 private:
  using Answer = std::expected<std::optional<Netconf>, int>;

  static Switch of(const Answer& answer, bool forced) {
    if (!answer) return Switch::unreadable;
    const std::optional<Netconf>& netconf = *answer;
    if (!netconf) return Switch::off;
    return (forced ? netconf->force_forwarding : netconf->forwarding) ? Switch::on : Switch::off;
  }

  // nullopt: the family, or the link, is not there.
  Answer read(std::uint8_t family, std::int32_t ifindex) {
    const NetlinkRequest request = request_netconf(link_.next_sequence(), family, ifindex);
    NetconfDecoder decoder(link_.request_id(), family, ifindex);
    if (const int error = link_.ask(request, decoder); error != 0) return std::unexpected(error);
    if (decoder.netconf()) return decoder.netconf();
    switch (const int error = decoder.state().error) {
      case EINVAL:
      case ENODEV:
      case EAFNOSUPPORT:
      case EOPNOTSUPP:
        return std::nullopt;
      default:
        return std::unexpected(error != 0 ? error : ETIMEDOUT);
    }
  }

  Exchange link_;
  std::optional<Switch> all_ipv6_;
};

ForwardingState from_switch(Switch state) {
  switch (state) {
    case Switch::off:
      return ForwardingState::off;
    case Switch::on:
      return ForwardingState::open;
    case Switch::unreadable:
      break;
  }
  return ForwardingState::unreadable;
}

// What the filters of the namespace make of what it forwards.
Forwarding read_filters(const NetlinkSystem& system, BootTime deadline) {
  Forwarding filters{ForwardingState::open, ForwardingState::open};
  switch (nftables_presence(system)) {
    case Presence::absent:
      break;
    case Presence::present:
      filters = read_ruleset(system, deadline);
      break;
    case Presence::unknown:
      filters = {ForwardingState::unreadable, ForwardingState::unreadable};
  }
  // A chain of nftables that drops holds, whatever the others do.
  if (filters.ipv4 != ForwardingState::filtered && has_legacy_ipv4(system)) {
    filters.ipv4 = ForwardingState::legacy_iptables;
  }
  if (filters.ipv6 != ForwardingState::filtered && has_legacy_ipv6(system)) {
    filters.ipv6 = ForwardingState::legacy_iptables;
  }
  return filters;
}

}  // namespace

void read_forwarding(const NetlinkSystem& system, BootTime deadline, std::span<Device> devices) {
  const auto has_link = [](const Device& device) { return device.link.has_value(); };
  if (std::ranges::none_of(devices, has_link)) return;
  const auto channel = system.open(Protocol::route);
  bool forwards = false;
  if (channel) {
    SwitchReader switches(**channel, try_until(system.now(), deadline));
    for (Device& device : devices) {
      if (!device.link) continue;
      device.forwarding = Forwarding{from_switch(switches.ipv4(device.link->index)),
                                     from_switch(switches.ipv6(device.link->index))};
      forwards = forwards || device.forwarding->ipv4 == ForwardingState::open ||
                 device.forwarding->ipv6 == ForwardingState::open;
    }
  }
  const Forwarding filters = forwards ? read_filters(system, deadline) : Forwarding{};
  for (Device& device : devices) {
    if (!device.link) continue;
    if (!device.forwarding) {
      device.forwarding = Forwarding{ForwardingState::unreadable, ForwardingState::unreadable};
    }
    const auto filter = [](ForwardingState& state, ForwardingState by) {
      if (state == ForwardingState::open) state = by;
    };
    filter(device.forwarding->ipv4, filters.ipv4);
    filter(device.forwarding->ipv6, filters.ipv6);
  }
}

}  // namespace wgaudit
