// RTM_GETNETCONF of one interface (linux/netconf.h): whether the kernel forwards what comes in on
// it. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "collectors/netlink/envelope.hpp"
#include "collectors/netlink/request.hpp"

namespace wgaudit {

// `family` AF_INET or AF_INET6; `ifindex` NETCONFA_IFINDEX_ALL too.
[[nodiscard]] NetlinkRequest request_netconf(std::uint32_t sequence, std::uint8_t family,
                                             std::int32_t ifindex);

struct Netconf {
  bool forwarding = false;
  bool force_forwarding = false;  // IPv6 since Linux 6.17
};

// One message, without an end of its own, or an error.
class NetconfDecoder {
 public:
  NetconfDecoder(RequestId id, std::uint8_t family, std::int32_t ifindex)
      : envelope_(id), family_(family), ifindex_(ifindex) {}
  void feed(Bytes datagram, bool cut = false);
  [[nodiscard]] bool ended() const { return netconf_.has_value() || envelope_.state().ended; }
  [[nodiscard]] std::optional<Netconf> netconf() const { return netconf_; }
  [[nodiscard]] const AnswerState& state() const { return envelope_.state(); }

 private:
  void take_message(Bytes payload);

  Envelope envelope_;
  std::uint8_t family_;
  std::int32_t ifindex_;
  std::optional<Netconf> netconf_;
};

}  // namespace wgaudit
