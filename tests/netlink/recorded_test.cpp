// Answers recorded from a Debian 6.1 kernel with throw-away keys: [u32 length][datagram]…, through
// a receive buffer of one page. recorded/split.txt is what `wg show wg0 dump` said at that moment,
// in our order and without its secret columns.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <sstream>

#include "collectors/netlink/chain_end.hpp"
#include "collectors/netlink/device_decoder.hpp"
#include "collectors/netlink/netconf.hpp"
#include "collectors/netlink/nft_messages.hpp"
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

// All datagrams of one request.
Buffer answer_to(const std::string& file, std::uint32_t sequence, RequestId& id) {
  Buffer answer;
  Bytes rest = std::as_bytes(std::span{file});
  while (!rest.empty()) {
    std::uint32_t size = 0;
    nlmsghdr header{};
    std::memcpy(&size, rest.data(), sizeof size);
    const Bytes datagram = rest.subspan(sizeof size, size);
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_seq == sequence) answer.insert(answer.end(), datagram.begin(), datagram.end());
    if (header.nlmsg_seq == sequence) id = {sequence, header.nlmsg_pid};
    rest = rest.subspan(sizeof size + size);
  }
  return answer;
}

template <class Item>
std::vector<Item> decode_nft(std::uint32_t sequence) {
  const std::string file = read_file(source_dir() / "tests/netlink/recorded/nft.bin");
  RequestId id;
  const Buffer answer = answer_to(file, sequence, id);
  NftDecoder<Item> decoder(id);
  decoder.feed(answer);
  EXPECT_TRUE(decoder.ended());
  EXPECT_FALSE(decoder.state().cut);
  return std::move(decoder).take();
}

// recorded/nft.txt is what `nft list ruleset` said at that moment.
TEST(Recorded, ARuleSetReadsAsNftShowsIt) {
  EXPECT_EQ(decode_nft<NftGeneration>(1).at(0).id, decode_nft<NftGeneration>(7).at(0).id);
  std::string tables, chains;
  for (const NftTable& t : decode_nft<NftTable>(2))
    tables += t.name + (t.dormant ? " dormant;" : ";");
  EXPECT_EQ(tables, "fw;six dormant;");
  for (const NftChain& c : decode_nft<NftChain>(3)) {
    chains += c.table + '/' + c.name;
    if (c.hook) chains += " hook " + std::to_string(*c.hook) + (c.drops ? " drop" : " accept");
    chains += ';';
  }
  EXPECT_EQ(chains,
            "fw/services;fw/rest;fw/input hook 1 accept;fw/forward hook 2 accept;"
            "six/forward hook 2 drop;");
  ChainVerdicts verdicts;
  std::vector<std::size_t> rules;
  for (const std::uint32_t sequence : {4U, 5U, 6U}) {
    const auto of_chain = decode_nft<NftRule>(sequence);
    rules.push_back(of_chain.size());
    for (const NftRule& rule : of_chain) {
      EXPECT_EQ(rule.table, "fw");
      if (rule.always) verdicts[rule.chain].push_back(*rule.always);
    }
  }
  EXPECT_EQ(rules, (std::vector<std::size_t>{5, 2, 2}));
  using Verdicts = std::vector<NftVerdict>;
  EXPECT_EQ(verdicts["forward"],
            (Verdicts{{NftAction::jump, "services"}, {NftAction::go_to, "rest"}}));
  EXPECT_EQ(verdicts["services"], (Verdicts{{NftAction::leave, ""}}));
  EXPECT_EQ(verdicts["rest"], (Verdicts{{NftAction::drop, ""}}));
  EXPECT_EQ(end_of(verdicts, "forward"), ChainEnd::drop);
}

TEST(Recorded, TheSettingsOfAnInterface) {
  const std::string file = read_file(source_dir() / "tests/netlink/recorded/netconf.bin");
  const struct {
    std::uint32_t sequence;
    std::uint8_t family;
    std::int32_t ifindex;
    bool forwarding;
  } cases[] = {{1, AF_INET, 3, true}, {2, AF_INET6, 3, false}, {3, AF_INET6, -1, false}};
  for (const auto& c : cases) {
    RequestId id;
    const Buffer answer = answer_to(file, c.sequence, id);
    NetconfDecoder decoder(id, c.family, c.ifindex);
    decoder.feed(answer);
    ASSERT_TRUE(decoder.netconf().has_value()) << c.sequence;
    EXPECT_EQ(decoder.netconf()->forwarding, c.forwarding) << c.sequence;
  }
}

TEST(Recorded, AnEmptyDeviceIsWhole) {
  const DeviceDump dump = decode_recorded("empty.bin", 4, "wg1");
  EXPECT_EQ(dump.doubt, std::nullopt);
  EXPECT_EQ(dump.device.public_key, std::nullopt);
  EXPECT_TRUE(dump.device.peers.empty());
}

}  // namespace
}  // namespace wgaudit::test
