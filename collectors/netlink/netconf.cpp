#include "collectors/netlink/netconf.hpp"

#include <linux/netconf.h>
#include <linux/rtnetlink.h>

#include "collectors/netlink/request_writer.hpp"

namespace wgaudit {
namespace {

// Newer than the headers of this system (linux/netconf.h of Linux 6.17).
constexpr std::uint16_t kForceForwarding = 9;

}  // namespace

NetlinkRequest request_netconf(std::uint32_t sequence, std::uint8_t family, std::int32_t ifindex) {
  RequestWriter writer(RTM_GETNETCONF, 0, sequence);
  writer.put_header(netconfmsg{.ncm_family = family});
  writer.put(NETCONFA_IFINDEX, static_cast<std::uint32_t>(ifindex));
  return writer.take();
}

void NetconfDecoder::feed(Bytes datagram, bool cut) {
  envelope_.take(datagram, cut, [this](std::uint16_t type, Bytes payload) {
    if (type == RTM_NEWNETCONF) take_message(payload);
  });
}

void NetconfDecoder::take_message(Bytes payload) {
  constexpr std::size_t kHeader = netlink_align(sizeof(netconfmsg));
  netconfmsg header{};
  if (payload.size() < kHeader) return envelope_.note_cut();
  std::memcpy(&header, payload.data(), sizeof header);
  std::optional<std::int32_t> ifindex, forwarding, force;
  AttributeReader reader(payload.subspan(kHeader));
  Attribute attribute;
  while (reader.next(attribute)) {
    switch (attribute.type) {
      case NETCONFA_IFINDEX:
        ifindex = value_of<std::int32_t>(attribute.payload);
        break;
      case NETCONFA_FORWARDING:
        forwarding = value_of<std::int32_t>(attribute.payload);
        break;
      case kForceForwarding:
        force = value_of<std::int32_t>(attribute.payload);
        break;
      default:
        break;
    }
  }
  if (reader.damaged() || !forwarding) return envelope_.note_cut();
  if (header.ncm_family != family_ || ifindex != ifindex_) return;
  netconf_ = Netconf{*forwarding != 0, force.value_or(0) != 0};
}

}  // namespace wgaudit
