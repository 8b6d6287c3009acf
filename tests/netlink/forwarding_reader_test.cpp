// What is concluded of forwarding and filters, against a fake kernel; the real one is in
// tests/kernel/scenarios/forwarding.
#include "collectors/netlink/forwarding_reader.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "tests/netlink/fake_kernel.hpp"
#include "tests/netlink/nft_builder.hpp"

namespace wgaudit::test {
namespace {

using State = ForwardingState;
using std::chrono::seconds;

constexpr const char* kNfTables = "/sys/module/nf_tables/initstate";
constexpr const char* kNfnetlink = "/sys/module/nfnetlink/initstate";
constexpr const char* kSockets = "/proc/thread-self/net/netlink";
constexpr const char* kLegacy4 = "/proc/thread-self/net/ip_tables_names";
constexpr const char* kLegacy6 = "/proc/thread-self/net/ip6_tables_names";
constexpr std::uint16_t kFlagged = NLM_F_MULTI | NLM_F_DUMP_INTR;

FakeChain base(std::uint8_t family, std::vector<Attributes::Fill> rules, bool drops = false) {
  return {family, "filter", "forward", NF_INET_FORWARD, drops, std::move(rules)};
}
FakeChain called(std::string name, std::vector<Attributes::Fill> rules) {
  return {NFPROTO_INET, "filter", std::move(name), std::nullopt, false, std::move(rules)};
}

class ForwardingReader : public testing::Test {
 protected:
  ForwardingReader() {
    kernel.files[kNfTables] = "live\n";
    kernel.forwarding = {{{AF_INET, 5}, 1}, {{AF_INET6, 5}, 0}, {{AF_INET6, -1}, 1}};
  }
  Forwarding read() {
    std::vector<Device> devices(1);
    devices[0].link.emplace().index = 5;
    return read(devices)[0].forwarding.value();
  }
  std::vector<Device> read(std::vector<Device> devices) {
    read_forwarding(kernel.system(), kernel.now + seconds{10}, devices);
    EXPECT_EQ(kernel.open_sockets, 0);  // nothing outlives the visit
    return devices;
  }
  [[nodiscard]] bool asked_nftables() const {
    return std::ranges::find(kernel.protocols, Protocol::netfilter) != kernel.protocols.end();
  }
  FakeKernel kernel;
};

TEST_F(ForwardingReader, WhatAChainComesTo) {
  const struct {
    const char* name;
    std::vector<FakeChain> chains;
    State ipv4, ipv6;
  } cases[] = {
      {"none", {}, State::open, State::open},
      {"policy", {base(NFPROTO_INET, {}, true)}, State::filtered, State::filtered},
      {"accepts", {base(NFPROTO_INET, {})}, State::open, State::open},
      {"ip alone", {base(NFPROTO_IPV4, {}, true)}, State::filtered, State::open},
      {"ip6 alone", {base(NFPROTO_IPV6, {}, true)}, State::open, State::filtered},
      {"bridge", {base(NFPROTO_BRIDGE, {}, true)}, State::open, State::open},
      {"netdev", {base(NFPROTO_NETDEV, {}, true)}, State::open, State::open},
      {"last drop",
       {base(NFPROTO_INET, {sometimes(NF_ACCEPT), always(NF_DROP)})},
       State::filtered,
       State::filtered},
      {"conditional drop", {base(NFPROTO_INET, {sometimes(NF_DROP)})}, State::open, State::open},
      {"accept before the drop",
       {base(NFPROTO_INET, {always(NF_ACCEPT), always(NF_DROP)})},
       State::open,
       State::open},
      {"accept before the policy",
       {base(NFPROTO_INET, {always(NF_ACCEPT)}, true)},
       State::open,
       State::open},
      {"return to the policy",
       {base(NFPROTO_INET, {always(NFT_RETURN), always(NF_DROP)})},
       State::open,
       State::open},
      {"two chains",
       {base(NFPROTO_INET, {always(NF_ACCEPT)}), base(NFPROTO_IPV4, {}, true)},
       State::filtered,
       State::open},
      {"jump to a drop",
       {base(NFPROTO_INET, {always(NFT_JUMP, "end")}), called("end", {always(NF_DROP)})},
       State::filtered,
       State::filtered},
      {"jump and back",
       {base(NFPROTO_INET, {always(NFT_JUMP, "end"), always(NF_DROP)}),
        called("end", {sometimes(NF_ACCEPT)})},
       State::filtered,
       State::filtered},
      {"jump and accept",
       {base(NFPROTO_INET, {always(NFT_JUMP, "end"), always(NF_DROP)}),
        called("end", {always(NF_ACCEPT)})},
       State::open,
       State::open},
      {"conditional jump",
       {base(NFPROTO_INET, {sometimes(NFT_JUMP, "end")}), called("end", {always(NF_DROP)})},
       State::open,
       State::open},
      {"goto comes not back",
       {base(NFPROTO_INET, {always(NFT_GOTO, "end"), always(NF_DROP)}), called("end", {})},
       State::open,
       State::open},
      {"goto and the policy",
       {base(NFPROTO_INET, {always(NFT_GOTO, "end")}, true), called("end", {})},
       State::filtered,
       State::filtered},
      {"through two chains",
       {base(NFPROTO_INET, {always(NFT_JUMP, "a")}), called("a", {always(NFT_GOTO, "b")}),
        called("b", {always(NF_DROP)})},
       State::filtered,
       State::filtered},
  };
  for (const auto& c : cases) {
    kernel.chains = c.chains;
    const Forwarding forwarding = read();
    EXPECT_EQ(forwarding.ipv4, c.ipv4) << c.name;
    EXPECT_EQ(forwarding.ipv6, c.ipv6) << c.name;
  }
}

TEST_F(ForwardingReader, OtherHooksAndDormantTablesFilterNothing) {
  FakeChain chain = base(NFPROTO_INET, {}, true);
  for (const std::uint32_t hook : {NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN, NF_INET_LOCAL_OUT,
                                   NF_INET_POST_ROUTING, NF_INET_INGRESS}) {
    chain.hook = hook;
    kernel.chains = {chain};
    EXPECT_EQ(read().ipv4, State::open) << hook;
  }
  chain.hook = NF_INET_FORWARD;
  kernel.chains = {chain};
  kernel.tables = {{NFPROTO_INET, "filter", true}};
  EXPECT_EQ(read().ipv4, State::open);
  kernel.tables = {{NFPROTO_IPV4, "filter", true}, {NFPROTO_INET, "filter", false}};
  EXPECT_EQ(read().ipv4, State::filtered);
}

TEST_F(ForwardingReader, WhatIsForwarded) {
  const struct {
    const char* name;
    std::map<std::pair<int, int>, int> forwarding;
    std::set<int> forced;
    State ipv4, ipv6;
  } cases[] = {
      {"of the interface, of the namespace",
       {{{AF_INET, 5}, 1}, {{AF_INET6, 5}, 0}, {{AF_INET6, -1}, 1}},
       {},
       State::open,
       State::open},
      {"of another interface",
       {{{AF_INET, 5}, 0}, {{AF_INET, 6}, 1}, {{AF_INET6, 5}, 1}, {{AF_INET6, -1}, 0}},
       {},
       State::off,
       State::off},
      {"of all for IPv4", {{{AF_INET, 5}, 0}, {{AF_INET, -1}, 1}}, {}, State::off, State::off},
      {"without IPv6", {{{AF_INET, 5}, 1}, {{AF_INET6, -1}, 1}}, {}, State::open, State::off},
      {"forced",
       {{{AF_INET, 5}, 0}, {{AF_INET6, 5}, 0}, {{AF_INET6, -1}, 0}},
       {5},
       State::off,
       State::open},
      {"no family",
       {{{AF_INET, 5}, -EAFNOSUPPORT}, {{AF_INET6, 5}, -EOPNOTSUPP}},
       {},
       State::off,
       State::off},
      {"gone", {{{AF_INET, 5}, -ENODEV}}, {}, State::off, State::off},
      {"refused",
       {{{AF_INET, 5}, -EPERM}, {{AF_INET6, 5}, -EPERM}},
       {},
       State::unreadable,
       State::unreadable},
      {"refused for all",
       {{{AF_INET, 5}, 0}, {{AF_INET6, 5}, 0}, {{AF_INET6, -1}, -ENOMEM}},
       {},
       State::off,
       State::unreadable},
  };
  for (const auto& c : cases) {
    kernel.forwarding = c.forwarding;
    kernel.forced = c.forced;
    const Forwarding forwarding = read();
    EXPECT_EQ(forwarding.ipv4, c.ipv4) << c.name;
    EXPECT_EQ(forwarding.ipv6, c.ipv6) << c.name;
  }
}

TEST_F(ForwardingReader, EachInterfaceHasItsOwn) {
  kernel.forwarding[{AF_INET, 6}] = 0;
  std::vector<Device> devices(3);
  devices[0].link.emplace().index = 5;
  devices[1].link.emplace().index = 6;
  devices = read(std::move(devices));
  EXPECT_EQ(devices[0].forwarding, (Forwarding{State::open, State::open}));
  EXPECT_EQ(devices[1].forwarding, (Forwarding{State::off, State::off}));
  EXPECT_EQ(devices[2].forwarding, std::nullopt);  // it has no link
}

TEST_F(ForwardingReader, NothingIsAskedWhereNothingIsForwarded) {
  kernel.forwarding = {{{AF_INET, 5}, 0}, {{AF_INET6, 5}, 0}, {{AF_INET6, -1}, 0}};
  EXPECT_EQ(read(), (Forwarding{State::off, State::off}));
  EXPECT_FALSE(asked_nftables());
  kernel.protocols.clear();
  (void)read(std::vector<Device>(2));  // no link at all
  EXPECT_TRUE(kernel.protocols.empty());
}

// To ask nfnetlink would make the kernel load the module.
TEST_F(ForwardingReader, NfTablesIsAskedOnlyIfItIsLoaded) {
  const std::string header = "sk               Eth Pid        Groups   Rmem\n";
  const std::string route = "00000000f0a3c5d1 0   0          00000000 0\n";
  const std::string user = "00000000f0a3c5d2 12  4711       00000000 0\n";
  const std::string netfilter = "00000000f0a3c5d3 12  0          00000000 0\n";
  const struct {
    const char* name;
    std::map<std::string, std::expected<std::string, int>> files;
    State want;
    bool asked;
  } cases[] = {
      {"loaded", {{kNfTables, "live\n"}}, State::filtered, true},
      {"being loaded", {{kNfTables, "coming\n"}}, State::open, false},
      {"being unloaded", {{kNfTables, "going\n"}}, State::open, false},
      {"not loaded, nfnetlink is", {{kNfnetlink, "live\n"}}, State::open, false},
      {"neither", {{kSockets, header + route + user}}, State::open, false},
      {"built in, perhaps", {{kSockets, header + route + netfilter}}, State::unreadable, false},
      {"too many sockets", {{kSockets, std::string(kFileLimit, '\n')}}, State::unreadable, false},
      {"no /proc, no /sys", {}, State::unreadable, false},
  };
  kernel.chains = {base(NFPROTO_INET, {}, true)};
  for (const auto& c : cases) {
    kernel.files = c.files;
    kernel.protocols.clear();
    EXPECT_EQ(read().ipv4, c.want) << c.name;
    EXPECT_EQ(asked_nftables(), c.asked) << c.name;
  }
}

TEST_F(ForwardingReader, LegacyIptablesIsNotJudged) {
  const struct {
    const char* name;
    std::expected<std::string, int> ipv4;
    bool drops;
    State want;
  } cases[] = {
      {"not loaded", std::unexpected(ENOENT), false, State::open},
      {"loaded, no table here", "", false, State::open},
      {"a table", "filter\n", false, State::legacy_iptables},
      {"not ours to read", std::unexpected(EACCES), false, State::legacy_iptables},
      {"a table, and nftables drops", "filter\n", true, State::filtered},
  };
  for (const auto& c : cases) {
    kernel.files[kLegacy4] = c.ipv4;
    kernel.chains = {base(NFPROTO_INET, {}, c.drops)};
    const Forwarding forwarding = read();
    EXPECT_EQ(forwarding.ipv4, c.want) << c.name;
    EXPECT_EQ(forwarding.ipv6, c.drops ? State::filtered : State::open) << c.name;
  }
  kernel.files = {{kNfTables, "live\n"}, {kLegacy6, "mangle\n"}};
  kernel.chains.clear();
  EXPECT_EQ(read(), (Forwarding{State::open, State::legacy_iptables}));
  kernel.forwarding = {{{AF_INET, 5}, 0}, {{AF_INET6, 5}, 0}, {{AF_INET6, -1}, 0}};
  EXPECT_EQ(read(), (Forwarding{State::off, State::off}));  // whatever it drops
}

// One of these alone must not pass for "no chain".
TEST_F(ForwardingReader, AnInterruptedReadingIsTriedAgain) {
  kernel.chains = {base(NFPROTO_INET, {always(NF_DROP)})};
  const Answer nothing{done()};
  const Answer flagged{
      nft_message(NFT_MSG_NEWTABLE, NFPROTO_INET, [](Attributes&) {}, kFlagged) + done()};
  for (const int type : {NFT_MSG_GETTABLE, NFT_MSG_GETCHAIN, NFT_MSG_GETRULE}) {
    kernel.nft_answers[type] = {flagged, flagged};
    EXPECT_EQ(read().ipv4, State::filtered) << type;
    kernel.nft_answers[type] = {flagged, flagged, flagged};
    EXPECT_EQ(read().ipv4, State::changing) << type;
    kernel.nft_answers[type] = {{error(-EINTR)}, {error(-EINTR)}, {error(-EINTR)}};
    EXPECT_EQ(read().ipv4, State::changing) << type;
  }
  // What was read belongs to two generations.
  kernel.nft_answers[NFT_MSG_GETCHAIN] = {nothing};
  kernel.generations = {1, 2, 2, 2};
  EXPECT_EQ(read().ipv4, State::filtered);
  kernel.nft_answers[NFT_MSG_GETCHAIN] = {nothing, nothing, nothing};
  kernel.generations = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(read().ipv4, State::changing);
  kernel.nft_answers[NFT_MSG_GETRULE] = {{error(-ENOENT)}};  // the chain went meanwhile
  kernel.generations = {7};
  EXPECT_EQ(read().ipv4, State::filtered);
}

TEST_F(ForwardingReader, WhatCannotBeReadIsNotOpen) {
  kernel.chains = {base(NFPROTO_INET, {}, true)};
  for (const int type : {NFT_MSG_GETGEN, NFT_MSG_GETTABLE, NFT_MSG_GETCHAIN, NFT_MSG_GETRULE}) {
    kernel.nft_answers[type] = {{error(-EPERM)}};
    EXPECT_EQ(read().ipv4, State::unreadable) << type;
    kernel.nft_answers[type] = {{}, {}, {}};  // no answer: timed out
    EXPECT_EQ(read().ipv4, State::unreadable) << type;
    kernel.nft_answers[type].clear();
  }
  kernel.nft_answers[NFT_MSG_GETGEN] = {{done()}, {done()}, {done()}};
  EXPECT_EQ(read().ipv4, State::unreadable);
  kernel.chains = {base(NFPROTO_INET, {always(NFT_JUMP, "a")}),
                   called("a", {always(NFT_JUMP, "a")})};
  EXPECT_EQ(read().ipv4, State::unreadable);  // a loop, which no kernel takes
  kernel.open_error = EMFILE;
  EXPECT_EQ(read(), (Forwarding{State::unreadable, State::unreadable}));
}

}  // namespace
}  // namespace wgaudit::test
