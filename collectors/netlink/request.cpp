#include "collectors/netlink/request.hpp"

#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/wireguard.h>

#include "collectors/netlink/request_writer.hpp"

namespace wgaudit {

NetlinkRequest request_links(std::uint32_t sequence, std::string_view kind) {
  RequestWriter writer(RTM_GETLINK, NLM_F_DUMP, sequence);
  writer.put_header(ifinfomsg{});
  if (!kind.empty()) {
    nlattr* info = writer.open(IFLA_LINKINFO);
    writer.put(IFLA_INFO_KIND, kind);
    writer.close(info);
  }
  return writer.take();
}

NetlinkRequest request_family(std::uint32_t sequence, std::string_view name) {
  RequestWriter writer(GENL_ID_CTRL, 0, sequence);
  writer.put_header(genlmsghdr{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0});
  writer.put(CTRL_ATTR_FAMILY_NAME, name);
  return writer.take();
}

NetlinkRequest request_device(std::uint32_t sequence, std::uint16_t family, std::uint32_t ifindex) {
  RequestWriter writer(family, NLM_F_DUMP, sequence);
  writer.put_header(
      genlmsghdr{.cmd = WG_CMD_GET_DEVICE, .version = WG_GENL_VERSION, .reserved = 0});
  writer.put(WGDEVICE_A_IFINDEX, ifindex);
  return writer.take();
}

void FamilyDecoder::feed(Bytes datagram, bool cut) {
  envelope_.take(datagram, cut, [this](std::uint16_t type, Bytes payload) {
    if (type != GENL_ID_CTRL || payload.size() < sizeof(genlmsghdr)) return;
    AttributeReader reader(payload.subspan(sizeof(genlmsghdr)));
    Attribute attribute;
    while (reader.next(attribute)) {
      if (attribute.type == CTRL_ATTR_FAMILY_ID) id_ = value_of<std::uint16_t>(attribute.payload);
    }
  });
}

}  // namespace wgaudit
