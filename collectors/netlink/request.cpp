#include "collectors/netlink/request.hpp"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/wireguard.h>

#include <array>
#include <cassert>

namespace wgaudit {
namespace {

constexpr std::size_t kMaxRequest = 256;  // the longest holds a header and one short name

class RequestWriter {
 public:
  RequestWriter(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence)
      : header_(mnl_nlmsg_put_header(buffer_.data())) {
    header_->nlmsg_type = type;
    header_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    header_->nlmsg_seq = sequence;
  }

  template <class T>
  void put_header(const T& header) {
    std::memcpy(mnl_nlmsg_put_extra_header(header_, sizeof header), &header, sizeof header);
  }
  void put(std::uint16_t type, std::uint32_t value) { mnl_attr_put_u32(header_, type, value); }
  void put(std::uint16_t type, std::string_view text) {
    const bool fits =
        mnl_attr_put_strz_check(header_, kMaxRequest, type, std::string(text).c_str());
    assert(fits && "names of kinds and families are ours, and short");
    static_cast<void>(fits);
  }
  nlattr* open(std::uint16_t type) { return mnl_attr_nest_start(header_, type); }
  void close(nlattr* nest) { mnl_attr_nest_end(header_, nest); }

  [[nodiscard]] NetlinkRequest take() const {
    const auto used = std::span{buffer_}.first(header_->nlmsg_len);
    return {used.begin(), used.end()};
  }

 private:
  alignas(nlmsghdr) std::array<std::byte, kMaxRequest> buffer_{};
  nlmsghdr* header_;
};

}  // namespace

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
