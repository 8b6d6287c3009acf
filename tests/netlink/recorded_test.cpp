// Answers recorded from a Debian 6.1 kernel with throw-away keys: [u32 length][datagram]…, through
// a receive buffer of one page. recorded/split.txt is what `wg show wg0 dump` said at that moment,
// in our order and without its secret columns.
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>

#include "collectors/netlink/device_decoder.hpp"
#include "tests/netlink/message_builder.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

DeviceDump decode_recorded(const char* name, std::uint32_t ifindex, std::string interface) {
  const std::string file = read_file(source_dir() / "tests/netlink/recorded" / name);
  Bytes rest = std::as_bytes(std::span{file});
  nlmsghdr first{};
  std::memcpy(&first, rest.data() + sizeof(std::uint32_t), sizeof first);
  DeviceDecoder decoder(
      {{first.nlmsg_seq, first.nlmsg_pid}, first.nlmsg_type, ifindex, std::move(interface)});
  while (!rest.empty()) {
    std::uint32_t size = 0;
    std::memcpy(&size, rest.data(), sizeof size);
    decoder.feed(rest.subspan(sizeof size, size));
    rest = rest.subspan(sizeof size + size);
  }
  return std::move(decoder).finish();
}

std::string as_wg_shows(const Device& device) {
  std::ostringstream text;
  text << to_string(device.public_key.value()) << '\t' << device.listen_port << '\t'
       << device.firewall_mark << '\n';
  for (const Peer& p : device.peers) {
    std::string prefixes;
    for (const Cidr& cidr : device.prefixes_of(p)) {
      prefixes += (prefixes.empty() ? "" : ",") + to_string(cidr);
    }
    text << to_string(p.public_key) << '\t'
         << (p.preshared_key == PresharedKey::present ? "(hidden)" : "(none)") << '\t'
         << (p.endpoint.known() ? to_string(p.endpoint) : "(none)") << '\t'
         << (prefixes.empty() ? "(none)" : prefixes) << '\t' << to_seconds(p.last_handshake) << '\t'
         << p.received_bytes << '\t' << p.sent_bytes << '\t' << p.persistent_keepalive_seconds
         << '\n';
  }
  return text.str();
}

TEST(Recorded, ASplitDeviceReadsAsWgShowsIt) {
  const DeviceDump dump = decode_recorded("split.bin", 3, "wg0");
  EXPECT_EQ(dump.doubt, std::nullopt);
  EXPECT_EQ(as_wg_shows(dump.device), read_file(source_dir() / "tests/netlink/recorded/split.txt"));
}

TEST(Recorded, AnEmptyDeviceIsWhole) {
  const DeviceDump dump = decode_recorded("empty.bin", 4, "wg1");
  EXPECT_EQ(dump.doubt, std::nullopt);
  EXPECT_EQ(dump.device.public_key, std::nullopt);
  EXPECT_TRUE(dump.device.peers.empty());
}

}  // namespace
}  // namespace wgaudit::test
