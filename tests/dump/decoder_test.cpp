#include "collectors/dump/decoder.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

using test::cidr;
using test::key;

const std::string kSecret = to_string(key("a secret"));
const std::string kDeviceKey = to_string(key("gateway"));
const std::string kAlice = to_string(key("alice"));
const std::string kBob = to_string(key("bob"));

std::string joined(const std::vector<std::string>& fields) {
  std::string line;
  for (const auto& field : fields) line += (line.empty() ? "" : "\t") + field;
  return line;
}

std::string interface_line(const std::string& name = "wg0") {
  return joined({name, kSecret, kDeviceKey, "51820", "off"});
}
std::string peer_line(const std::string& peer, const std::string& name = "wg0") {
  return joined({name, peer, "(none)", "(none)", "(none)", "0", "0", "0", "off"});
}

std::expected<std::vector<Device>, std::string> decode(const std::vector<std::string>& lines) {
  DumpDecoder decoder("stem");
  for (const auto& line : lines) {
    if (const auto fed = decoder.feed(line); !fed) return std::unexpected(fed.error());
  }
  return decoder.take();
}

TEST(DumpDecoder, EveryField) {
  const auto devices = decode({
      joined({"wg0", kSecret, kDeviceKey, "51820", "0xca6c"}),
      joined({"wg0", kAlice, kSecret, "198.51.100.7:4500", "10.0.0.2/32,fd00::2/128", "1795365538",
              "476", "18446744073709551615", "25"}),
  });
  ASSERT_TRUE(devices) << devices.error();
  ASSERT_EQ(devices->size(), 1U);
  const Device& device = devices->front();
  EXPECT_EQ(device.name, "wg0");
  EXPECT_EQ(device.netns, "");
  EXPECT_EQ(device.collector, CollectorKind::dump);
  EXPECT_EQ(device.implementation, Implementation::unknown);
  EXPECT_EQ(device.completeness, Completeness::complete);
  EXPECT_EQ(device.public_key, key("gateway"));
  EXPECT_EQ(device.listen_port, 51820);
  EXPECT_EQ(device.firewall_mark, 0xca6cU);
  EXPECT_FALSE(device.link);
  ASSERT_EQ(device.peers.size(), 1U);
  const Peer& peer = device.peers.front();
  EXPECT_EQ(peer.public_key, key("alice"));
  EXPECT_EQ(peer.preshared_key, PresharedKey::present);
  EXPECT_EQ(to_string(peer.endpoint), "198.51.100.7:4500");
  EXPECT_EQ(peer.last_handshake, from_timespec(1795365538, 0));
  EXPECT_EQ(peer.received_bytes, 476U);
  EXPECT_EQ(peer.sent_bytes, 18446744073709551615U);
  EXPECT_EQ(peer.persistent_keepalive_seconds, 25);
  const auto prefixes = device.prefixes_of(peer);
  ASSERT_EQ(prefixes.size(), 2U);
  EXPECT_EQ(prefixes[0], cidr("10.0.0.2/32"));
  EXPECT_EQ(prefixes[1], cidr("fd00::2/128"));
}

TEST(DumpDecoder, NothingSet) {
  const auto devices = decode({joined({"wg0", "(none)", "(none)", "0", "off"}), peer_line(kAlice)});
  ASSERT_TRUE(devices) << devices.error();
  const Device& device = devices->front();
  EXPECT_FALSE(device.public_key);
  EXPECT_EQ(device.listen_port, 0);
  EXPECT_EQ(device.firewall_mark, 0U);
  const Peer& peer = device.peers.front();
  EXPECT_FALSE(peer.endpoint.known());
  EXPECT_FALSE(peer.has_handshake());
  EXPECT_EQ(peer.prefix_count, 0U);
  EXPECT_EQ(peer.preshared_key, PresharedKey::absent);
  EXPECT_EQ(peer.persistent_keepalive_seconds, 0);
}

TEST(DumpDecoder, WhatCountsAsAPresharedKey) {
  const std::string zero = std::string(43, 'A') + "=";
  const struct {
    std::string text;
    PresharedKey want;
  } cases[] = {{"(none)", PresharedKey::absent},
               {"(hidden)", PresharedKey::present},
               {zero, PresharedKey::absent},
               {kSecret, PresharedKey::present}};
  for (const auto& c : cases) {
    const auto devices =
        decode({joined({"wg0", "(hidden)", kDeviceKey, "1", "off"}),
                joined({"wg0", kAlice, c.text, "(none)", "(none)", "0", "0", "0", "off"})});
    ASSERT_TRUE(devices) << devices.error();
    EXPECT_EQ(devices->front().peers.front().preshared_key, c.want) << c.text;
  }
}

TEST(DumpDecoder, WithoutInterfaceColumnTheStemNamesIt) {
  const auto devices = decode({
      joined({kSecret, kDeviceKey, "51820", "off"}),
      joined({kAlice, "(none)", "(none)", "10.0.0.2/32", "0", "0", "0", "off"}),
  });
  ASSERT_TRUE(devices) << devices.error();
  EXPECT_EQ(devices->front().name, "stem");
  EXPECT_EQ(devices->front().peers.size(), 1U);
}

TEST(DumpDecoder, SeveralInterfacesAndPeersInAnyOrder) {
  const auto devices =
      decode({interface_line("wg0"), interface_line("w\"g\\b{x}"), peer_line(kBob, "wg0"),
              peer_line(kAlice, "w\"g\\b{x}"), peer_line(kAlice, "wg0")});
  ASSERT_TRUE(devices) << devices.error();
  ASSERT_EQ(devices->size(), 2U);
  EXPECT_EQ((*devices)[0].peers.size(), 2U);
  EXPECT_NE((*devices)[0].find(key("bob")), nullptr);
  EXPECT_LT((*devices)[0].peers[0].public_key, (*devices)[0].peers[1].public_key);
  EXPECT_EQ((*devices)[1].name, "w\"g\\b{x}");
  EXPECT_EQ((*devices)[1].peers.size(), 1U);
}

TEST(DumpDecoder, CarriageReturnsAndEmptyLinesAreNothing) {
  const auto devices = decode({interface_line() + "\r", "", peer_line(kAlice) + "\r", "\r"});
  ASSERT_TRUE(devices) << devices.error();
  EXPECT_EQ(devices->front().peers.size(), 1U);
}

TEST(DumpDecoder, NoLineIsNoDevice) {
  const auto devices = decode({});
  ASSERT_TRUE(devices);
  EXPECT_TRUE(devices->empty());
}

TEST(DumpDecoder, PrefixesAreMaskedSortedAndUnique) {
  const auto devices = decode(
      {interface_line(), joined({"wg0", kAlice, "(none)", "(none)",
                                 "fd00::/64,10.0.0.9/24,10.0.0.0/24", "0", "0", "0", "off"})});
  ASSERT_TRUE(devices) << devices.error();
  const auto prefixes = devices->front().prefixes_of(devices->front().peers.front());
  ASSERT_EQ(prefixes.size(), 2U);
  EXPECT_EQ(prefixes[0], cidr("10.0.0.0/24"));
}

TEST(DumpDecoder, TheScopeOfAnEndpointMayBeAName) {
  const auto devices = decode(
      {interface_line(),
       joined({"wg0", kAlice, "(none)", "[fe80::1%eth0]:51820", "(none)", "0", "0", "0", "off"})});
  ASSERT_TRUE(devices) << devices.error();
  EXPECT_EQ(to_string(devices->front().peers.front().endpoint), "[fe80::1]:51820");
}

TEST(DumpDecoder, ErrorsNameLineAndFieldAndNoText) {
  const std::string good = interface_line();
  const auto peer = [](const std::vector<std::string>& fields) {
    std::vector<std::string> all{"wg0"};
    all.insert(all.end(), fields.begin(), fields.end());
    return joined(all);
  };
  const struct {
    std::vector<std::string> lines;
    std::string want;
  } cases[] = {
      {{"nonsense"}, "line 1: fields: 1 of them where 5 or 9 are expected"},
      {{joined({"w g", kSecret, kDeviceKey, "1", "off"})},
       "line 1: interface: not a name that the kernel takes"},
      {{joined({"wg0", "short", kDeviceKey, "1", "off"})}, "line 1: private-key: not a key"},
      {{joined({"wg0", kSecret, "short", "1", "off"})}, "line 1: public-key: not a key"},
      {{joined({"wg0", kSecret, kDeviceKey, "65536", "off"})},
       "line 1: listen-port: not a port number"},
      {{joined({"wg0", kSecret, kDeviceKey, "1", "0x"})},
       "line 1: fwmark: neither \"off\" nor a 32 bit number"},
      {{good, good}, "line 2: interface: listed twice"},
      {{peer_line(kAlice)}, "line 1: interface: a peer before its interface's own line"},
      {{good, peer_line(kAlice, "wg1")},
       "line 2: interface: a peer before its interface's own line"},
      {{good, peer_line(kAlice), peer_line(kAlice)},
       "line 3: public-key: this peer is on the interface twice"},
      {{good, peer({"x", "(none)", "(none)", "(none)", "0", "0", "0", "off"})},
       "line 2: public-key: not a key"},
      {{good, peer({kAlice, "x", "(none)", "(none)", "0", "0", "0", "off"})},
       "line 2: preshared-key: not a key"},
      {{good, peer({kAlice, "(none)", "example.org:1", "(none)", "0", "0", "0", "off"})},
       "line 2: endpoint: not an address and port"},
      {{good, peer({kAlice, "(none)", "(none)", "10.0.0.0/33", "0", "0", "0", "off"})},
       "line 2: allowed-ips: not a list of prefixes"},
      {{good, peer({kAlice, "(none)", "(none)", "(none)", "x", "0", "0", "off"})},
       "line 2: latest-handshake: not a number of seconds"},
      {{good, peer({kAlice, "(none)", "(none)", "(none)", "0", "-1", "0", "off"})},
       "line 2: transfer-rx: not a number of bytes"},
      {{good, peer({kAlice, "(none)", "(none)", "(none)", "0", "0", "", "off"})},
       "line 2: transfer-tx: not a number of bytes"},
      {{good, peer({kAlice, "(none)", "(none)", "(none)", "0", "0", "0", "65536"})},
       "line 2: persistent-keepalive: neither \"off\" nor seconds"},
      {{good, joined({kAlice, "(none)", "(none)", "(none)", "0", "0", "0", "off"})},
       "line 2: fields: 8 of them where 5 or 9 are expected"},
  };
  for (const auto& c : cases) {
    const auto devices = decode(c.lines);
    ASSERT_FALSE(devices) << c.want;
    EXPECT_EQ(devices.error(), c.want);
  }
}

}  // namespace
}  // namespace wgaudit
