// Whether the kernel forwards what comes in on an interface, and whether nftables filters it.
// Values, no I/O.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wgaudit {

// Of one family. The last three say why it is not judged.
enum class ForwardingState : std::uint8_t {
  off = 0,       // nothing is forwarded, whatever the filters are
  filtered = 1,  // a base chain on hook forward drops what its rules leave
  open = 2,      // forwarded, and no such chain
  // Forwarded, no such chain; but legacy iptables is loaded, and what it drops cannot be seen.
  legacy_iptables = 3,
  changing = 4,    // the rule set changed at every try to read it
  unreadable = 5,  // refused, or not known whether nftables is there
};
inline constexpr std::size_t kForwardingStates = 6;

[[nodiscard]] constexpr bool is_judged(ForwardingState state) {
  return state <= ForwardingState::open;
}

struct Forwarding {
  ForwardingState ipv4 = ForwardingState::off;
  ForwardingState ipv6 = ForwardingState::off;
  friend bool operator==(const Forwarding&, const Forwarding&) = default;
};

}  // namespace wgaudit
