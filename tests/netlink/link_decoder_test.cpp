// Answers to RTM_GETLINK, to CTRL_CMD_GETFAMILY, and the requests themselves.
#include "collectors/netlink/link_decoder.hpp"

#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cerrno>

#include "collectors/netlink/request.hpp"
#include "collectors/netlink/retry.hpp"
#include "tests/netlink/message_builder.hpp"

namespace wgaudit::test {
namespace {

constexpr RequestId kId{kSequence, kPortId};

Buffer link_message(int ifindex, unsigned flags, const Attributes::Fill& fill,
                    std::uint16_t message_flags = NLM_F_MULTI) {
  ifinfomsg header{};
  header.ifi_index = ifindex;
  header.ifi_flags = flags;
  Attributes attributes;
  fill(attributes);
  Buffer payload(sizeof header);
  std::memcpy(payload.data(), &header, sizeof header);
  return message(payload + attributes.bytes(), {.type = RTM_NEWLINK, .flags = message_flags});
}

Attributes::Fill named(std::string_view name, std::string_view kind) {
  return [=](Attributes& a) {
    a.text(IFLA_IFNAME, name);
    if (!kind.empty()) {
      a.nest(IFLA_LINKINFO, [&](Attributes& info) { info.text(IFLA_INFO_KIND, kind); });
    }
  };
}

LinkListing decode(const std::vector<Buffer>& datagrams, const char* kind = "wireguard") {
  LinkDecoder decoder(kId, kind);
  for (const Buffer& datagram : datagrams) decoder.feed(datagram);
  return std::move(decoder).finish();
}

TEST(LinkDecoder, ReadsStatisticsFlagsAndMtu) {
  rtnl_link_stats64 stats{};
  stats.rx_packets = 1, stats.tx_packets = 2, stats.rx_bytes = 3, stats.tx_bytes = 1ULL << 40U;
  stats.rx_errors = 5, stats.tx_errors = 6, stats.rx_dropped = 7, stats.tx_dropped = 8;
  const auto listing = decode({link_message(9, IFF_UP | IFF_NOARP,
                                            [&](Attributes& a) {
                                              named("wg0", "wireguard")(a);
                                              a.put(IFLA_MTU, std::uint32_t{1420});
                                              a.put(IFLA_STATS64, stats).zeros(1000, 3);
                                            }) +
                               done()});
  EXPECT_EQ(listing.doubt, std::nullopt);
  ASSERT_EQ(listing.links.size(), 1U);
  const Link want{9, 1420, true, {3, 1, 5, 7, 1ULL << 40U, 2, 6, 8}};
  EXPECT_EQ(listing.links[0].link, want);
  EXPECT_EQ(listing.links[0].name, "wg0");
}

// The kernel lists all links while the module of the kind is not loaded.
TEST(LinkDecoder, ChecksTheKindItself) {
  const std::vector<Buffer> all{link_message(1, 0, named("lo", "")),
                                link_message(2, 0, named("br0", "bridge")),
                                link_message(3, 0, named("wgx", "wireguardx")),
                                link_message(4, 0, named(R"(w"g\b{x})", "wireguard")), done()};
  const auto ours = decode(all);
  ASSERT_EQ(ours.links.size(), 1U);
  EXPECT_EQ(ours.links[0].name, R"(w"g\b{x})");
  EXPECT_EQ(decode(all, "").links.size(), 4U);
}

TEST(LinkDecoder, DoubtsWhatIsNotWhole) {
  const Buffer link = link_message(4, 0, named("wg0", "wireguard"));
  const Buffer flagged = link_message(4, 0, named("wg0", "wireguard"), NLM_F_DUMP_INTR);
  const Buffer bad = link_message(4, 0, [](Attributes& a) {
    named("wg0", "wireguard")(a);
    a.zeros(IFLA_MTU, 2);
  });
  EXPECT_EQ(decode({link}).doubt, RetryReason::timed_out);
  EXPECT_EQ(decode({flagged, done()}).doubt, RetryReason::interrupted);
  EXPECT_EQ(decode({bad, done()}).doubt, RetryReason::truncated);
  EXPECT_EQ(decode({bad, done()}).links.size(), 1U);
  EXPECT_EQ(decode({link, error(-ENOMEM)}).error, ENOMEM);
  EXPECT_EQ(decode({link, link, done()}).links.size(), 1U);
}

TEST(FamilyDecoder, FindsTheIdOrTheError) {
  const auto answer = [](const Attributes::Fill& fill) {
    return device_message(fill, {.type = GENL_ID_CTRL, .flags = 0});
  };
  FamilyDecoder good(kId);
  good.feed(answer([](Attributes& a) {
    a.text(CTRL_ATTR_FAMILY_NAME, "wireguard").put(CTRL_ATTR_FAMILY_ID, std::uint16_t{33});
  }));
  EXPECT_TRUE(good.ended());
  EXPECT_EQ(good.id(), 33);
  FamilyDecoder missing(kId);
  missing.feed(error(-ENOENT));
  EXPECT_TRUE(missing.ended());
  EXPECT_EQ(missing.id(), std::nullopt);
  EXPECT_EQ(missing.state().error, ENOENT);
}

TEST(NetlinkRequest, AsksForADeviceByIndexAndForLinksByKind) {
  const NetlinkRequest device = request_device(9, kFamily, 5);
  const Buffer want = device_message(
      [](Attributes& a) { a.put(WGDEVICE_A_IFINDEX, std::uint32_t{5}); },
      {.type = kFamily, .flags = NLM_F_REQUEST | NLM_F_DUMP, .sequence = 9, .port_id = 0});
  EXPECT_EQ(device, want);
  const NetlinkRequest links = request_links(1, "wireguard");
  const NetlinkRequest all = request_links(1, "");
  EXPECT_EQ(all.size(), sizeof(nlmsghdr) + sizeof(ifinfomsg));
  AttributeReader reader(Bytes{links}.subspan(all.size()));
  Attribute attribute;
  ASSERT_TRUE(reader.next(attribute));
  EXPECT_EQ(attribute.type, IFLA_LINKINFO);
  EXPECT_EQ(attribute.payload.size(), 4 + 12U);
}

TEST(Retry, HelpsAgainstWhatPasses) {
  EXPECT_TRUE(worth_another_try(RetryReason::interrupted, 0));
  EXPECT_TRUE(worth_another_try(RetryReason::error, EBUSY));
  EXPECT_FALSE(worth_another_try(RetryReason::error, EPERM));
  EXPECT_EQ(why_of(EPERM), "Operation not permitted");
  EXPECT_EQ(why_of(EINVAL, "Unknown attribute type"), "Invalid argument: Unknown attribute type");
  EXPECT_EQ(why_of(ETIMEDOUT), "timed out");
}

}  // namespace
}  // namespace wgaudit::test
