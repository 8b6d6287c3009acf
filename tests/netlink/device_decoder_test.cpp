// Answers to WG_CMD_GET_DEVICE, good ones and all that can be wrong with them.
#include "collectors/netlink/device_decoder.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <random>

#include "tests/netlink/message_builder.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

constexpr RequestId kId{kSequence, kPortId};

DeviceDump decode(const std::vector<Buffer>& datagrams, std::string name = "wg0",
                  AnswerLimits limits = {}) {
  DeviceDecoder decoder({kId, kFamily, kIfindex, std::move(name)}, limits);
  for (const Buffer& datagram : datagrams) decoder.feed(datagram);
  return std::move(decoder).finish();
}

Device wg0(const std::vector<PeerSpec>& peers = {}) {
  Device d = device("wg0", peers);
  d.public_key = key("gateway");
  d.listen_port = 51820;
  d.firewall_mark = 0x1234;
  d.link.reset();
  return d;
}

Device three_peers() {
  return wg0({{.name = "alice",
               .allowed_ips = {"10.0.0.1/32", "fd00::1/128"},
               .last_handshake = wall("2026-08-01T00:00:00Z") + Duration{123456789},
               .endpoint = "192.0.2.1:51820",
               .received_bytes = 1,
               .sent_bytes = 0xFFFFFFFFFF,
               .preshared_key = true,
               .keepalive = 25},
              {.name = "bob", .allowed_ips = {"0.0.0.0/0", "::/0"}, .endpoint = "[fe80::1%3]:9"},
              {.name = "carol", .endpoint = "[2001:db8::1]:65535"}});
}

Buffer with_peers(const Device& d, const Attributes::Fill& peers, Envelopment e = {},
                  bool header = true) {
  return device_message(
      [&](Attributes& a) {
        if (header) put_header(a, d);
        a.nest(WGDEVICE_A_PEERS, peers);
      },
      e);
}

void expect_whole(const DeviceDump& dump, const Device& want) {
  EXPECT_EQ(dump.doubt, std::nullopt);
  EXPECT_TRUE(dump.identified);
  EXPECT_FALSE(dump.renamed);
  EXPECT_EQ(dump.error, 0);
  EXPECT_EQ(dump.device, want);
}

TEST(DeviceDecoder, ReadsADeviceOfOneMessage) {
  const Device want = three_peers();
  expect_whole(decode({with_peers(want,
                                  [&](Attributes& a) {
                                    for (const Peer& p : want.peers) put_peer(a, want, p);
                                  }) +
                       done()}),
               want);
}

TEST(DeviceDecoder, ReadsAnEmptyDeviceAndOneWithoutPrivateKey) {
  Device want = wg0();
  expect_whole(decode({device_message([&](Attributes& a) { put_header(a, want); }) + done()}),
               want);
  want.public_key.reset();
  expect_whole(decode({device_message([&](Attributes& a) { put_header(a, want); }) + done()}),
               want);
}

TEST(DeviceDecoder, TakesDoneInADatagramOfItsOwn) {
  const Device want = wg0();
  expect_whole(decode({device_message([&](Attributes& a) { put_header(a, want); }), done()}), want);
}

TEST(DeviceDecoder, ReadsPeersOfManyMessagesWithoutDeviceAttributes) {
  const Device want = three_peers();
  const auto one = [&](std::size_t i) {
    return with_peers(want, [&](Attributes& a) { put_peer(a, want, want.peers[i]); }, {}, i == 0);
  };
  expect_whole(decode({one(0), one(1), one(2), done()}), want);
}

TEST(DeviceDecoder, MergesTheFirstPeerSplitUnderARepeatedHeader) {
  const Device want = wg0({{.name = "a",
                            .allowed_ips = {"10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32"},
                            .received_bytes = 7,
                            .preshared_key = true}});
  const Peer& p = want.peers[0];
  expect_whole(
      decode({with_peers(want, [&](Attributes& a) { put_peer(a, want, p, 1); }),
              with_peers(want, [&](Attributes& a) { put_fragment(a, want, p, 1, 1); }),
              with_peers(want, [&](Attributes& a) { put_fragment(a, want, p, 2, 1); }) + done()}),
      want);
}

TEST(DeviceDecoder, MergesTheLastPeerSplitWithAnEmptyFirstNest) {
  const Device want = three_peers();
  const Peer& last = want.peers[2].prefix_count > 0 ? want.peers[2] : want.peers[1];
  std::vector<Buffer> parts{with_peers(want, [&](Attributes& a) {
    for (const Peer& p : want.peers) {
      if (&p != &last) put_peer(a, want, p);
    }
    put_peer(a, want, last, 0);
  })};
  for (std::size_t i = 0; i < last.prefix_count; ++i) {
    parts.push_back(
        with_peers(want, [&](Attributes& a) { put_fragment(a, want, last, i, 1); }, {}, false));
  }
  parts.push_back(done());
  expect_whole(decode(parts), want);
}

// Device -> bytes with random splits -> the same device.
TEST(DeviceDecoder, DecodesWhatWasEncodedHoweverItIsSplit) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    std::vector<PeerSpec> specs;
    for (unsigned i = 0, peers = below(60); i < peers; ++i) {
      PeerSpec spec{.name = "p" + std::to_string(i)};
      for (unsigned j = 0, n = below(8) == 0 ? below(300) : below(4); j < n; ++j) {
        const std::string low = std::to_string(j / 200) + "." + std::to_string(j % 200);
        spec.allowed_ips.push_back(below(2) ? "10." + std::to_string(i) + "." + low + "/32"
                                            : "fd00:" + std::to_string(i) +
                                                  "::" + std::to_string(j) + "/128");
      }
      spec.last_handshake =
          below(2) ? wall("2026-08-01T00:00:00Z") + Duration{below(1000)} : WallTime{};
      spec.endpoint = std::array{"", "192.0.2.7:1", "[2001:db8::7]:2", "[fe80::7%9]:3"}[below(4)];
      spec.received_bytes = random();
      spec.sent_bytes = std::uint64_t{random()} << 20U;
      spec.preshared_key = below(2) != 0;
      spec.keepalive = static_cast<std::uint16_t>(below(65536));
      specs.push_back(spec);
    }
    const Device want = wg0(specs);
    auto datagrams = encode(want, 300 + below(4000));
    below(2) ? datagrams.push_back(done()) : void(datagrams.back() = datagrams.back() + done());
    SCOPED_TRACE(seed);
    expect_whole(decode(datagrams), want);
  }
}

TEST(DeviceDecoder, SkipsPadsAndUnknownAttributesAtAllLevels) {
  Device want = wg0({{.name = "a", .allowed_ips = {"10.0.0.1/32"}, .received_bytes = 5}});
  const Peer& p = want.peers[0];
  const Buffer bytes = device_message([&](Attributes& a) {
    a.zeros(199, 64);
    put_header(a, want);
    a.nest(WGDEVICE_A_PEERS, [&](Attributes& peers) {
      put_peer(peers, want, p, 0, [&](Attributes& peer) {
        peer.zeros(0, 0).zeros(0, 4).zeros(77, 3);
        peer.nest(WGPEER_A_ALLOWEDIPS, [&](Attributes& list) {
          list.nest(0, [&](Attributes& entry) {
            entry.zeros(4, 4).put(WGALLOWEDIP_A_FAMILY, std::uint16_t{AF_INET});
            entry.put(WGALLOWEDIP_A_CIDR_MASK, std::uint8_t{32}).zeros(99, 1);
            entry.raw(WGALLOWEDIP_A_IPADDR,
                      std::as_bytes(std::span{want.prefixes[0].address.bytes}).first(4));
          });
        });
      });
    });
  });
  expect_whole(decode({bytes + done()}), want);
}

TEST(DeviceDecoder, KnowsAPresharedKeyByAnyByteThatIsNotZero) {
  const Device want = wg0({{.name = "a", .preshared_key = true}, {.name = "b"}});
  const DeviceDump dump = decode({encode(want, 4096).front() + done()});
  EXPECT_EQ(dump.device.find(key("a"))->preshared_key, PresharedKey::present);
  EXPECT_EQ(dump.device.find(key("b"))->preshared_key, PresharedKey::absent);
}

TEST(DeviceDecoder, AcceptsTheOldTimeOfEightBytesAndKeepsOneInTheFuture) {
  const Device d = wg0({{.name = "a"}});
  const auto shaken = [&](const auto& time) {
    return decode({with_peers(d,
                              [&](Attributes& peers) {
                                put_peer(peers, d, d.peers[0], 0, [&](Attributes& a) {
                                  a.put(WGPEER_A_LAST_HANDSHAKE_TIME, time);
                                });
                              }) +
                   done()})
        .device.peers.at(0)
        .last_handshake;
  };
  EXPECT_EQ(shaken(std::array<std::int32_t, 2>{1'785'542'400, 5}),
            wall("2026-08-01T00:00:00Z") + Duration{5});
  EXPECT_EQ(shaken(std::array<std::int64_t, 2>{4'102'444'800, 0}), wall("2100-01-01T00:00:00Z"));
  EXPECT_EQ(shaken(std::array<std::int64_t, 2>{0, 0}), WallTime{});
}

struct LengthCase {
  const char* name;
  Attributes::Fill device, peer;
};
class WrongLength : public testing::TestWithParam<LengthCase> {};

// The bad attribute is dropped and said; its neighbours and the next peer are kept.
TEST_P(WrongLength, IsDroppedAndMakesTheDumpIncomplete) {
  const Device d = wg0({{.name = "a"}, {.name = "b", .received_bytes = 9}});
  const Peer& a = *d.find(key("a"));
  const Peer& b = *d.find(key("b"));
  const DeviceDump dump = decode({device_message([&](Attributes& m) {
                                    put_header(m, d);
                                    if (GetParam().device) GetParam().device(m);
                                    m.nest(WGDEVICE_A_PEERS, [&](Attributes& peers) {
                                      put_peer(peers, d, a, 0, GetParam().peer);
                                      put_peer(peers, d, b);
                                    });
                                  }) +
                                  done()});
  EXPECT_EQ(dump.doubt, RetryReason::truncated);
  EXPECT_EQ(dump.device.completeness, Completeness::incomplete);
  ASSERT_NE(dump.device.find(key("b")), nullptr);
  EXPECT_EQ(dump.device.find(key("b"))->received_bytes, 9U);
}

Attributes::Fill wrong(std::uint16_t type, std::size_t size) {
  return [=](Attributes& a) { a.zeros(type, size); };
}
Attributes::Fill wrong_prefix(std::uint16_t family, std::size_t size, std::uint8_t length) {
  return [=](Attributes& a) {
    a.nest(WGPEER_A_ALLOWEDIPS, [&](Attributes& list) {
      list.nest(0, [&](Attributes& entry) {
        entry.put(WGALLOWEDIP_A_FAMILY, family).put(WGALLOWEDIP_A_CIDR_MASK, length);
        entry.zeros(WGALLOWEDIP_A_IPADDR, size);
      });
    });
  };
}
Attributes::Fill broken_nest(std::uint16_t length) {
  return [=](Attributes& a) {
    const nlattr inner{length, 0};
    a.put(WGPEER_A_ALLOWEDIPS, inner);
  };
}

INSTANTIATE_TEST_SUITE_P(
    EachAttribute, WrongLength,
    testing::Values(LengthCase{"ifindex", wrong(WGDEVICE_A_IFINDEX, 2), {}},
                    LengthCase{"public_key", wrong(WGDEVICE_A_PUBLIC_KEY, 31), {}},
                    LengthCase{"listen_port", wrong(WGDEVICE_A_LISTEN_PORT, 4), {}},
                    LengthCase{"fwmark", wrong(WGDEVICE_A_FWMARK, 0), {}},
                    LengthCase{"peer_key", {}, wrong(WGPEER_A_PUBLIC_KEY, 33)},
                    LengthCase{"preshared_key", {}, wrong(WGPEER_A_PRESHARED_KEY, 8)},
                    LengthCase{"handshake", {}, wrong(WGPEER_A_LAST_HANDSHAKE_TIME, 12)},
                    LengthCase{"keepalive", {}, wrong(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, 1)},
                    LengthCase{"rx", {}, wrong(WGPEER_A_RX_BYTES, 4)},
                    LengthCase{"tx", {}, wrong(WGPEER_A_TX_BYTES, 16)},
                    LengthCase{"endpoint_family", {}, wrong(WGPEER_A_ENDPOINT, 16)},
                    LengthCase{"endpoint_short", {}, wrong(WGPEER_A_ENDPOINT, 3)},
                    LengthCase{"prefix_address", {}, wrong_prefix(AF_INET, 16, 32)},
                    LengthCase{"prefix_too_long_v4", {}, wrong_prefix(AF_INET, 4, 33)},
                    LengthCase{"prefix_too_long_v6", {}, wrong_prefix(AF_INET6, 16, 129)},
                    LengthCase{"prefix_family", {}, wrong_prefix(AF_UNIX, 4, 32)},
                    LengthCase{"nest_length_under_4", {}, broken_nest(3)},
                    LengthCase{"nest_beyond_its_end", {}, broken_nest(200)}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(DeviceDecoder, KeepsWhatStandsBeforeATruncation) {
  const Device d = three_peers();
  const Buffer whole = encode(d, 8192).front() + done();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Buffer part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(decode({part}).doubt, std::nullopt) << size;
  }
  DeviceDecoder decoder({kId, kFamily, kIfindex, "wg0"});
  decoder.feed(whole, true);  // MSG_TRUNC
  const DeviceDump dump = std::move(decoder).finish();
  EXPECT_EQ(dump.doubt, RetryReason::truncated);
  EXPECT_EQ(dump.device.peers, d.peers);
}

TEST(DeviceDecoder, OrsTheInterruptedFlagOverAllMessages) {
  const Device d = three_peers();
  constexpr std::uint16_t kFlagged = NLM_F_MULTI | NLM_F_DUMP_INTR;
  for (int flagged = 0; flagged < 4; ++flagged) {
    std::vector<Buffer> datagrams;
    for (int i = 0; i < 3; ++i) {
      datagrams.push_back(with_peers(
          d, [&](Attributes& a) { put_peer(a, d, d.peers[static_cast<std::size_t>(i)]); },
          {.flags = i == flagged ? kFlagged : std::uint16_t{NLM_F_MULTI}}, i == 0));
    }
    datagrams.push_back(done(0, flagged == 3 ? kFlagged : std::uint16_t{NLM_F_MULTI}));
    const DeviceDump dump = decode(datagrams);
    EXPECT_EQ(dump.doubt, RetryReason::interrupted) << flagged;
    EXPECT_EQ(dump.device.completeness, Completeness::incomplete);
    EXPECT_EQ(dump.device.peers, d.peers);  // what was seen is still there
  }
}

// Removal of the cursor's peer: a short dump that ends with DONE 0, told by the flag alone.
TEST(DeviceDecoder, BelievesNoShortDumpThatWasInterrupted) {
  const Device d = three_peers();
  const DeviceDump dump = decode({with_peers(d, [&](Attributes& a) { put_peer(a, d, d.peers[0]); },
                                             {.flags = NLM_F_MULTI | NLM_F_DUMP_INTR}) +
                                  done()});
  EXPECT_EQ(dump.doubt, RetryReason::interrupted);
  EXPECT_EQ(dump.device.peers.size(), 1U);
}

TEST(DeviceDecoder, TakesTheLaterOfTwoFullRecordsAndDoubtsTheDump) {
  const Device before = wg0({{.name = "a", .allowed_ips = {"10.0.0.1/32"}, .received_bytes = 5}});
  const Device after = wg0({{.name = "a", .allowed_ips = {"10.0.0.2/32"}}});
  for (const bool adjacent : {true, false}) {
    const Device other = wg0({{.name = "b"}});
    const DeviceDump dump =
        decode({with_peers(before,
                           [&](Attributes& a) {
                             put_peer(a, before, before.peers[0]);
                             if (!adjacent) put_peer(a, other, other.peers[0]);
                           }),
                with_peers(
                    after, [&](Attributes& a) { put_peer(a, after, after.peers[0]); }, {}, false) +
                    done()});
    EXPECT_EQ(dump.doubt, RetryReason::inconsistent);
    ASSERT_NE(dump.device.find(key("a")), nullptr);
    EXPECT_EQ(dump.device.find(key("a"))->received_bytes, 0U);
    EXPECT_EQ(dump.device.prefixes, after.prefixes);
  }
}

TEST(DeviceDecoder, MergesOnlyAFragmentThatContinuesTheLastPeer) {
  const Device d = wg0({{.name = "a", .allowed_ips = {"10.0.0.1/32"}}, {.name = "b"}});
  const Peer& a = *d.find(key("a"));
  const Peer& b = *d.find(key("b"));
  const auto peers = [&](const Attributes::Fill& fill) { return with_peers(d, fill, {}, false); };
  const struct {
    const char* name;
    std::vector<Buffer> datagrams;
  } cases[] = {
      {"before any peer", {peers([&](Attributes& m) { put_fragment(m, d, a, 0, 1); })}},
      {"of a peer that is not the last",
       {peers([&](Attributes& m) { put_peer(m, d, a), put_peer(m, d, b); }),
        peers([&](Attributes& m) { put_fragment(m, d, a, 0, 1); })}},
      {"not first in its message",
       {peers([&](Attributes& m) { put_peer(m, d, a), put_fragment(m, d, a, 0, 1); })}},
  };
  for (const auto& c : cases) {
    std::vector<Buffer> datagrams{device_message([&](Attributes& m) { put_header(m, d); })};
    datagrams.insert(datagrams.end(), c.datagrams.begin(), c.datagrams.end());
    datagrams.push_back(done());
    EXPECT_EQ(decode(datagrams).doubt, RetryReason::inconsistent) << c.name;
  }
}

TEST(DeviceDecoder, CarriesErrorsWhereverTheyCome) {
  const Device d = three_peers();
  const Buffer data = encode(d, 8192).front();
  const struct {
    const char* name;
    std::vector<Buffer> datagrams;
    int error;
    const char* text;
    std::size_t peers;
  } cases[] = {
      {"first", {error(-ENODEV)}, ENODEV, "", 0},
      {"refused, explained", {error(-EPERM, "Not yours")}, EPERM, "Not yours", 0},
      {"in the middle", {data, error(-EBUSY), done()}, EBUSY, "", 3},
      {"in DONE", {data + done(-EMSGSIZE)}, EMSGSIZE, "", 3},
      {"absurd", {data, error(std::numeric_limits<int>::min())}, 4095, "", 3},
  };
  for (const auto& c : cases) {
    const DeviceDump dump = decode(c.datagrams);
    EXPECT_EQ(dump.doubt, RetryReason::error) << c.name;
    EXPECT_EQ(dump.error, c.error) << c.name;
    EXPECT_EQ(dump.error_text, c.text) << c.name;
    EXPECT_EQ(dump.device.peers.size(), c.peers) << c.name;
  }
}

TEST(DeviceDecoder, IgnoresWhatBelongsToAnotherRequest) {
  const Device want = three_peers();
  const Device other = wg0({{.name = "mallory"}});
  const auto foreign = [&](Envelopment e) {
    return with_peers(other, [&](Attributes& a) { put_peer(a, other, other.peers[0]); }, e);
  };
  std::vector<Buffer> datagrams = encode(want, 400);
  // A second dump on one socket is answered EBUSY between the parts of the first.
  datagrams.insert(datagrams.begin() + 1, error(-EBUSY, "", kSequence + 1));
  datagrams.insert(datagrams.begin(), foreign({.sequence = kSequence + 1}));
  datagrams.insert(datagrams.begin(), foreign({.port_id = kPortId + 1}));
  datagrams.insert(datagrams.begin(), foreign({.type = kFamily + 1}));
  datagrams.insert(datagrams.begin(), message({}, {.type = NLMSG_NOOP}));
  datagrams.insert(datagrams.begin(), error(0));  // an acknowledgement
  datagrams.push_back(done());
  expect_whole(decode(datagrams), want);
}

TEST(DeviceDecoder, SaysThatTheDeviceIsAnotherOrHasAnotherName) {
  const Device d = wg0();
  const auto header = [&](std::uint32_t ifindex) {
    return device_message([&](Attributes& a) { put_header(a, d, ifindex); }) + done();
  };
  EXPECT_TRUE(decode({header(kIfindex)}, "wg1").renamed);
  EXPECT_EQ(decode({header(kIfindex + 1)}).doubt, RetryReason::inconsistent);
  EXPECT_FALSE(decode({header(kIfindex + 1)}).identified);
  EXPECT_EQ(decode({done()}).doubt, RetryReason::inconsistent);  // no header at all
}

TEST(DeviceDecoder, KeepsNamesOfAnyBytes) {
  for (const char* name : {R"(w"g\b{x})", "wg\xc3\xa9", "\xff\xfe", "123456789012345"}) {
    Device d = wg0();
    d.name = name;
    const DeviceDump dump =
        decode({device_message([&](Attributes& a) { put_header(a, d); }) + done()}, name);
    EXPECT_EQ(dump.doubt, std::nullopt);
    EXPECT_EQ(dump.device.name, name);
  }
}

// A kernel that never gets its first peer into a message sends the same one for ever.
TEST(DeviceDecoder, EndsADumpThatMakesNoProgress) {
  const Device d = wg0();
  const Buffer again = device_message([&](Attributes& a) { put_header(a, d); });
  DeviceDecoder decoder({kId, kFamily, kIfindex, "wg0"});
  int fed = 0;
  for (; fed < 1000 && !decoder.ended(); ++fed) decoder.feed(again);
  EXPECT_LT(fed, 20);
  EXPECT_EQ(std::move(decoder).finish().doubt, RetryReason::inconsistent);
}

TEST(DeviceDecoder, BoundsMessagesAndBytes) {
  const Device d = three_peers();
  const auto datagrams = encode(d, 300);
  EXPECT_EQ(decode(datagrams, "wg0", {.messages = 1}).doubt, RetryReason::inconsistent);
  EXPECT_EQ(decode(datagrams, "wg0", {.bytes = 500}).doubt, RetryReason::inconsistent);
}

TEST(DeviceDecoder, DoubtsADumpThatDidNotEnd) {
  const DeviceDump dump = decode(encode(three_peers(), 400));
  EXPECT_EQ(dump.doubt, RetryReason::timed_out);
  EXPECT_EQ(dump.device.peers.size(), 3U);
}

}  // namespace
}  // namespace wgaudit::test
