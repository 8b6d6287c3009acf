#include "collectors/child/wire.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "collectors/child/wire_layout.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

using test::key;

constexpr std::uint64_t kRequest = 7;

std::expected<Observation, std::string> decode(const std::vector<Message>& messages) {
  ObservationDecoder decoder(kRequest);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto fed = decoder.feed(messages[i]);
    if (!fed) return std::unexpected(fed.error());
    if ((*fed == ObservationDecoder::Progress::done) != (i + 1 == messages.size())) {
      return std::unexpected("done too early or too late");
    }
  }
  return decoder.take();
}

Device random_device(std::mt19937& random, const std::string& name) {
  std::vector<test::PeerSpec> peers;
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  for (unsigned i = 0, n = below(3) == 0 ? 3000 : below(5); i < n; ++i) {
    test::PeerSpec spec{.name = name + " peer " + std::to_string(i), .allowed_ips = {}};
    for (unsigned j = 0, m = below(4); j < m; ++j) {
      spec.allowed_ips.push_back("10." + std::to_string(i % 250) + '.' + std::to_string(j) +
                                 ".0/24");
    }
    if (below(2) == 0) spec.endpoint = "[fe80::1%3]:51820";
    if (below(2) == 0) spec.endpoint = "192.0.2.1:51820";
    spec.received_bytes = random();
    spec.last_handshake = WallTime{Duration{random()}};
    spec.preshared_key = below(2) == 0;
    spec.keepalive = static_cast<std::uint16_t>(random());
    peers.push_back(std::move(spec));
  }
  Device device = test::device(name, peers, test::boot(Duration{random()}), "blue");
  if (below(2) == 0) device.link.reset();
  if (below(2) == 0) device.public_key.reset();
  if (below(2) == 0) {
    device.forwarding = Forwarding{static_cast<ForwardingState>(below(kForwardingStates)),
                                   static_cast<ForwardingState>(below(kForwardingStates))};
  }
  return device;
}

Observation random_observation(unsigned seed) {
  std::mt19937 random(seed);
  Observation observation;
  observation.begun = test::boot(Duration{random()});
  observation.ended = observation.begun + Duration{5};
  observation.memory_locked = seed % 2 == 0;
  for (unsigned i = 0, n = random() % 4; i < n; ++i) {
    SourceResult& source = observation.sources.emplace_back();
    source.collector = static_cast<CollectorKind>(random() % kCollectorKinds);
    source.status = static_cast<SourceStatus>(random() % 4);
    source.netns = "n" + std::to_string(i);
    source.why = "because é";
    source.duration = Duration{random()};
    source.retries[random() % kRetryReasons] = 3;
    source.lists_all = random() % 2 == 0;
  }
  for (unsigned i = 0, n = random() % 4; i < n; ++i) {
    observation.devices.push_back(random_device(random, "wg" + std::to_string(i)));
  }
  if (random() % 2 == 0) {
    observation.failures.push_back({CollectorKind::uapi, "blue", "w\"g\\{x}", "timed out"});
  }
  return observation;
}

TEST(Wire, DecodingUndoesEncoding) {
  for (unsigned seed = 0; seed < 25; ++seed) {
    const Observation observation = random_observation(seed);
    const auto messages = encode_observation(observation, kRequest);
    for (const Message& message : messages) ASSERT_LE(message.size(), kMessageLimit);
    const auto decoded = decode(messages);
    ASSERT_TRUE(decoded) << decoded.error() << " seed " << seed;
    EXPECT_EQ(*decoded, observation) << "seed " << seed;
  }
}

TEST(Wire, RequestAndHello) {
  const Request request{42, test::boot(std::chrono::seconds(9))};
  EXPECT_EQ(decode_request(encode_request(request)), request);
  EXPECT_EQ(decode_hello(encode_hello(4711)), 4711);
  EXPECT_FALSE(decode_hello(encode_request(request)));
  EXPECT_FALSE(decode_request(encode_hello(4711)));
  // To these kill(2) would be a signal to others.
  for (const pid_t pid : {1, 0, -1, -4711}) EXPECT_FALSE(decode_hello(encode_hello(pid))) << pid;
  Message longer = encode_hello(4711);
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_hello(longer));
}

TEST(Wire, ReasonsBecomePrintable) {
  Observation observation;
  observation.sources.emplace_back().why = "a\x1b[31m\xff" + std::string(10000, 'x');
  const auto decoded = decode(encode_observation(observation, kRequest));
  ASSERT_TRUE(decoded) << decoded.error();
  EXPECT_TRUE(
      decoded->sources[0].why.starts_with("a\\x1b[31m\xef\xbf\xbd"
                                          "xxx"));
  EXPECT_LE(decoded->sources[0].why.size(), kTextLimit);
}

Observation two_peers() {
  Observation observation;
  observation.sources.emplace_back();
  observation.devices.push_back(test::device(
      "wg0",
      {{.name = "alice", .allowed_ips = {"10.0.0.2/32", "10.0.0.4/32"}, .endpoint = "192.0.2.1:5"},
       {.name = "bob", .allowed_ips = {"10.0.0.3/32"}}}));
  return observation;
}

// What a hostile child could send in place of an Observation.
TEST(Wire, APromiseThatIsBrokenIsAnError) {
  using Break = void (*)(Device&);
  const struct {
    const char* name;
    Break breaking;
    const char* want;
  } cases[] = {
      {"name", [](Device& d) { d.name = "a b"; }, "a name that no interface can have"},
      {"enum", [](Device& d) { d.implementation = static_cast<Implementation>(3); },
       "a message with a value out of range"},
      {"collector", [](Device& d) { d.collector = static_cast<CollectorKind>(9); },
       "a message with a value out of range"},
      {"forwarding of IPv4",
       [](Device& d) { d.forwarding.emplace().ipv4 = static_cast<ForwardingState>(6); },
       "a message with a value out of range"},
      {"forwarding of IPv6",
       [](Device& d) { d.forwarding.emplace().ipv6 = static_cast<ForwardingState>(255); },
       "a message with a value out of range"},
      {"label", [](Device& d) { d.netns = std::string(5000, 'x'); },
       "a name that no interface can have"},
      {"peer order", [](Device& d) { std::swap(d.peers[0].public_key, d.peers[1].public_key); },
       "peers out of order"},
      {"peer twice", [](Device& d) { d.peers[1].public_key = d.peers[0].public_key; },
       "peers out of order"},
      {"offset", [](Device& d) { d.peers[1].prefix_offset = 7; }, "a peer's prefixes out of place"},
      {"count", [](Device& d) { d.peers[1].prefix_count = 0xffffffff; },
       "a peer's prefixes out of place"},
      {"gap", [](Device& d) { d.peers[1].prefix_count = 0; }, "prefixes of no peer"},
      {"reserved", [](Device& d) { d.peers[0].reserved[3] = 1; },
       "a peer with a value out of range"},
      {"handshake clock",
       [](Device& d) { d.peers[0].handshake_clock = static_cast<HandshakeClock>(2); },
       "a peer with a value out of range"},
      {"preshared", [](Device& d) { d.peers[0].preshared_key = static_cast<PresharedKey>(2); },
       "a peer with a value out of range"},
      {"endpoint family",
       [](Device& d) { d.peers[0].endpoint.address.family = static_cast<Family>(5); },
       "a peer with a value out of range"},
      {"endpoint tail",
       [](Device& d) {
         d.peers[0].endpoint = {};
         d.peers[0].endpoint.port = 1;
       },
       "a peer with a value out of range"},
      {"endpoint padding", [](Device& d) { d.peers[0].endpoint.reserved = 1; },
       "a peer with a value out of range"},
      {"prefix family", [](Device& d) { d.prefixes[0].address.family = Family::none; },
       "a prefix out of range or order"},
      {"prefix length", [](Device& d) { d.prefixes[0].length = 33; },
       "a prefix out of range or order"},
      {"host bits", [](Device& d) { d.prefixes[0].length = 8; }, "a prefix out of range or order"},
      {"host bits of the wrong family", [](Device& d) { d.prefixes[0].address.bytes[15] = 1; },
       "a prefix out of range or order"},
  };
  for (const auto& c : cases) {
    Observation observation = two_peers();
    c.breaking(observation.devices[0]);
    const auto decoded = decode(encode_observation(observation, kRequest));
    ASSERT_FALSE(decoded) << c.name;
    EXPECT_EQ(decoded.error(), c.want) << c.name;
  }
}

TEST(Wire, PrefixesOfOnePeerMustBeSortedAndUnique) {
  Observation observation = two_peers();
  Device& device = observation.devices[0];
  const Peer& alice = *device.find(key("alice"));
  device.prefixes[alice.prefix_offset] = device.prefixes[alice.prefix_offset + 1];
  EXPECT_FALSE(decode(encode_observation(observation, kRequest)));
}

TEST(Wire, DevicesMustBeSortedAndUnique) {
  Observation observation = two_peers();
  observation.devices.push_back(observation.devices[0]);
  const auto decoded = decode(encode_observation(observation, kRequest));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error(), "devices out of order");
}

TEST(Wire, AnotherRequestsAnswerIsAnError) {
  const auto decoded = decode(encode_observation(two_peers(), kRequest + 1));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error(), "an answer to another request");
}

TEST(Wire, NoMessageMayBeMissingOrTwice) {
  const auto good = encode_observation(two_peers(), kRequest);
  ASSERT_TRUE(decode(good));
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto without = good;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    if (i + 1 != good.size()) EXPECT_FALSE(decode(without)) << i;
    auto twice = good;
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(i), good[i]);
    EXPECT_FALSE(decode(twice)) << i;
  }
}

TEST(Wire, NoByteMoreOrLess) {
  const auto good = encode_observation(two_peers(), kRequest);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i].pop_back();
    EXPECT_FALSE(decode(changed)) << i;
    changed = good;
    changed[i].push_back(std::byte{0});
    EXPECT_FALSE(decode(changed)) << i;
  }
}

TEST(Wire, CountsAreCapped) {
  auto messages = encode_observation(two_peers(), kRequest);
  const auto at = kWireHeaderSize + 2 * sizeof(Duration::rep);
  const std::uint32_t many = 0xffffffff;
  std::memcpy(messages[0].data() + at, &many, sizeof many);
  const auto decoded = decode(messages);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error(), "too many entries");
}

// Not that it is refused (a counter may be anything), but that what is taken keeps its promises.
TEST(Wire, AnyByteMayBeChanged) {
  const auto good = encode_observation(two_peers(), kRequest);
  std::mt19937 random(1);
  unsigned refused = 0;
  for (int i = 0; i < 20000; ++i) {
    auto changed = good;
    Message& message = changed[random() % changed.size()];
    message[random() % message.size()] ^= static_cast<std::byte>(1 + random() % 255);
    const auto decoded = decode(changed);
    if (!decoded) {
      ++refused;
      continue;
    }
    EXPECT_TRUE(decode(encode_observation(*decoded, kRequest)));
  }
  EXPECT_GT(refused, 1000U);
}

}  // namespace
}  // namespace wgaudit
