#include "collectors/uapi/decoder.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

using test::cidr;
using test::key;
using test::wall;

const WallTime kNow = wall("2026-11-01T12:00:00Z");

std::string hex(const Key& key) {
  std::string text;
  for (const auto byte : key.bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}
const std::string kAlice = "public_key=" + hex(key("alice"));
const std::string kZero(64, '0');

std::expected<Device, std::string> decode(std::vector<std::string> lines) {
  UapiDecoder decoder(kNow);
  lines.emplace_back();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto fed = decoder.feed(lines[i]);
    if (!fed) return std::unexpected(fed.error());
    EXPECT_EQ(*fed == UapiDecoder::Progress::done, i + 1 == lines.size()) << lines[i];
  }
  return decoder.take();
}

TEST(UapiDecoder, EveryField) {
  const auto device = decode({
      "private_key=" + std::string(64, 'f'),
      "listen_port=51820",
      "fwmark=4660",
      kAlice,
      "preshared_key=" + hex(key("shared")),
      "protocol_version=1",
      "endpoint=192.0.2.2:51821",
      "last_handshake_time_sec=1795365538",
      "last_handshake_time_nsec=175447795",
      "tx_bytes=712",
      "rx_bytes=476",
      "persistent_keepalive_interval=25",
      "allowed_ip=fd00:9::2/128",
      "allowed_ip=10.9.0.2/32",
      "something_new=of a later version",
      "errno=0",
  });
  ASSERT_TRUE(device) << device.error();
  EXPECT_TRUE(device->public_key);
  EXPECT_EQ(device->listen_port, 51820);
  EXPECT_EQ(device->firewall_mark, 4660U);
  EXPECT_EQ(device->collector, CollectorKind::uapi);
  EXPECT_EQ(device->implementation, Implementation::userspace);
  EXPECT_EQ(device->completeness, Completeness::complete);
  EXPECT_FALSE(device->link);
  ASSERT_EQ(device->peers.size(), 1U);
  const Peer& peer = device->peers.front();
  EXPECT_EQ(peer.public_key, key("alice"));
  EXPECT_EQ(peer.preshared_key, PresharedKey::present);
  EXPECT_EQ(to_string(peer.endpoint), "192.0.2.2:51821");
  EXPECT_EQ(peer.last_handshake, from_timespec(1795365538, 175447795));
  EXPECT_EQ(peer.sent_bytes, 712U);
  EXPECT_EQ(peer.received_bytes, 476U);
  EXPECT_EQ(peer.persistent_keepalive_seconds, 25);
  ASSERT_EQ(peer.prefix_count, 2U);
  EXPECT_EQ(device->prefixes_of(peer)[0], cidr("10.9.0.2/32"));
}

TEST(UapiDecoder, DerivesTheDevicesPublicKey) {
  const struct {
    std::string private_key, public_key;
  } cases[] = {
      // RFC 7748, section 6.1, Bob's.
      {"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
       "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"},
      // Not clamped; as `wg pubkey` answers.
      {std::string(64, 'f'), "847c0d2c375234f365e660955187a3735a0f7613d1609d3a6a4d8c53aeaa5a22"},
      {"01" + std::string(62, '0'),
       "2fe57da347cd62431528daac5fbb290730fff684afc4cfc2ed90995f58cb3b74"},
  };
  for (const auto& c : cases) {
    const auto device = decode({"private_key=" + c.private_key, "errno=0"});
    ASSERT_TRUE(device) << device.error();
    ASSERT_TRUE(device->public_key);
    EXPECT_EQ(hex(*device->public_key), c.public_key);
  }
}

TEST(UapiDecoder, TheZeroKeyIsNone) {
  const auto device = decode({"private_key=" + kZero, kAlice, "preshared_key=" + kZero, "errno=0"});
  ASSERT_TRUE(device) << device.error();
  EXPECT_FALSE(device->public_key);
  EXPECT_EQ(device->peers.front().preshared_key, PresharedKey::absent);
}

TEST(UapiDecoder, AnUnconfiguredDevice) {
  const auto device = decode({"listen_port=38413", "errno=0"});
  ASSERT_TRUE(device) << device.error();
  EXPECT_TRUE(device->peers.empty());
  EXPECT_EQ(device->completeness, Completeness::complete);
}

TEST(UapiDecoder, HandshakeTimes) {
  const struct {
    std::string seconds, nanoseconds;
    WallTime want;
  } cases[] = {
      {"0", "0", WallTime{}},
      {"1795365538", "0", from_timespec(1795365538, 0)},
      {"1000000000", "1", from_timespec(1000000000, 1)},
      // boringtun: the seconds since it.
      {"55", "0", kNow - std::chrono::seconds(55)},
      {"999999999", "0", kNow - std::chrono::seconds(999999999)},
  };
  for (const auto& c : cases) {
    const auto device = decode({kAlice, "last_handshake_time_sec=" + c.seconds,
                                "last_handshake_time_nsec=" + c.nanoseconds, "errno=0"});
    ASSERT_TRUE(device) << device.error();
    EXPECT_EQ(device->peers.front().last_handshake, c.want) << c.seconds;
  }
}

TEST(UapiDecoder, AHandshakeIsOnePeersAlone) {
  const auto device =
      decode({kAlice, "last_handshake_time_sec=1795365538", "allowed_ip=10.0.0.2/32",
              "public_key=" + hex(key("bob")), "allowed_ip=10.0.0.3/32", "errno=0"});
  ASSERT_TRUE(device) << device.error();
  EXPECT_TRUE(device->find(key("alice"))->has_handshake());
  EXPECT_FALSE(device->find(key("bob"))->has_handshake());
  EXPECT_EQ(device->prefixes_of(*device->find(key("bob")))[0], cidr("10.0.0.3/32"));
}

TEST(UapiDecoder, AnErrorNumberMakesItIncomplete) {
  for (const std::string last : {"errno=5", "errno=-22", "protocol_version=1"}) {
    const auto device = decode({"listen_port=1", kAlice, last});
    ASSERT_TRUE(device) << device.error();
    EXPECT_EQ(device->completeness, Completeness::incomplete) << last;
  }
  const auto nothing = decode({"errno=-22"});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error(), "the implementation answers errno -22");
}

TEST(UapiDecoder, StopsAtTheFirstPeerOrPrefixTooMany) {
  UapiDecoder decoder(kNow, {.peers = 1, .prefixes = 1});
  ASSERT_TRUE(decoder.feed(kAlice));
  ASSERT_TRUE(decoder.feed("allowed_ip=10.0.0.2/32"));
  UapiDecoder other = decoder;
  const auto prefix = decoder.feed("allowed_ip=10.0.0.3/32");
  ASSERT_FALSE(prefix);
  EXPECT_EQ(prefix.error(), "line 3: allowed_ip: too many");
  const auto peer = other.feed("public_key=" + hex(key("bob")));
  ASSERT_FALSE(peer);
  EXPECT_EQ(peer.error(), "line 3: public_key: too many");
}

TEST(UapiDecoder, ErrorsNameLineAndFieldAndNoText) {
  const struct {
    std::vector<std::string> lines;
    std::string want;
  } cases[] = {
      {{"garbage"}, "line 1: line: not key=value"},
      {{"private_key=00"}, "line 1: private_key: malformed"},
      {{"listen_port=65536"}, "line 1: listen_port: malformed"},
      {{"fwmark=-1"}, "line 1: fwmark: malformed"},
      {{"listen_port=1", "public_key=xyz"}, "line 2: public_key: malformed"},
      {{kAlice, kAlice}, "line 2: public_key: this peer is on the interface twice"},
      {{kAlice, "preshared_key=" + std::string(63, '0')}, "line 2: preshared_key: malformed"},
      {{kAlice, "endpoint=localhost:1"}, "line 2: endpoint: malformed"},
      {{kAlice, "last_handshake_time_sec="}, "line 2: last_handshake_time_sec: malformed"},
      {{kAlice, "last_handshake_time_sec=-1"}, "line 2: last_handshake_time_sec: malformed"},
      {{kAlice, "tx_bytes=1x"}, "line 2: tx_bytes: malformed"},
      {{kAlice, "allowed_ip=10.0.0.0/40"}, "line 2: allowed_ip: malformed"},
      {{kAlice, "errno=x"}, "line 2: errno: malformed"},
  };
  for (const auto& c : cases) {
    const auto device = decode(c.lines);
    ASSERT_FALSE(device) << c.want;
    EXPECT_EQ(device.error(), c.want);
  }
}

}  // namespace
}  // namespace wgaudit
