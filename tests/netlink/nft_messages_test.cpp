// The decoders of nftables and netconf messages: which rules hold for every packet, and what does
// not fit.
#include "collectors/netlink/nft_messages.hpp"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "collectors/netlink/chain_end.hpp"
#include "collectors/netlink/netconf.hpp"
#include "tests/netlink/nft_builder.hpp"

namespace wgaudit::test {
namespace {

constexpr RequestId kId{kSequence, kPortId};
const FakeChain kChain{NFPROTO_INET, "filter", "forward", NF_INET_FORWARD, true, {}};

std::optional<NftVerdict> always_of(const Attributes::Fill& expressions) {
  NftDecoder<NftRule> decoder(kId);
  decoder.feed(rule_message(kChain, expressions) + done());
  EXPECT_FALSE(decoder.state().cut);
  EXPECT_EQ(decoder.items().size(), 1U);
  return decoder.items().at(0).always;
}

TEST(NftRules, WhichHoldForEveryPacket) {
  const auto with = [](std::string_view name, const Attributes::Fill& data = {}) {
    return [=](Attributes& a) {
      expression(a, name, data);
      verdict(a, NF_DROP);
    };
  };
  const auto named = [](std::uint16_t type, std::string_view text) {
    return [=](Attributes& a) { a.text(type, text); };
  };
  const NftVerdict drop{NftAction::drop, ""};
  const struct {
    const char* name;
    Attributes::Fill rule;
    std::optional<NftVerdict> want;
  } cases[] = {
      {"drop", [](Attributes& a) { verdict(a, NF_DROP); }, drop},
      {"accept", [](Attributes& a) { verdict(a, NF_ACCEPT); }, NftVerdict{NftAction::accept, ""}},
      {"jump", always(NFT_JUMP, "x"), NftVerdict{NftAction::jump, "x"}},
      {"goto", always(NFT_GOTO, "x"), NftVerdict{NftAction::go_to, "x"}},
      {"return", always(NFT_RETURN), NftVerdict{NftAction::leave, ""}},
      {"continue", always(NFT_CONTINUE), std::nullopt},
      {"queue", always(NF_QUEUE), std::nullopt},
      {"reject", [](Attributes& a) { expression(a, "reject"); }, drop},
      {"counter", with("counter"), drop},
      {"log", with("log"), drop},
      {"last", with("last"), drop},
      {"mark is set", with("meta", [](Attributes& a) { put_number(a, NFTA_META_SREG, 8); }), drop},
      {"mark is asked", with("meta", [](Attributes& a) { put_number(a, NFTA_META_DREG, 8); }),
       std::nullopt},
      {"a value for it",
       with("immediate",
            [](Attributes& a) {
              a.nest(NFTA_IMMEDIATE_DATA,
                     [](Attributes& data) { put_number(data, NFTA_DATA_VALUE, 1); });
            }),
       drop},
      {"limit", with("limit"), std::nullopt},
      {"quota", with("objref"), std::nullopt},
      {"unknown", with("brandnew"), std::nullopt},
      {"comment", with("match", named(NFTA_MATCH_NAME, "comment")), drop},
      {"match", with("match", named(NFTA_MATCH_NAME, "conntrack")), std::nullopt},
      {"target", [&](Attributes& a) { expression(a, "target", named(NFTA_TARGET_NAME, "REJECT")); },
       drop},
      {"other target",
       [&](Attributes& a) { expression(a, "target", named(NFTA_TARGET_NAME, "LOG")); },
       std::nullopt},
      {"no data", [](Attributes& a) { expression(a, "immediate"); }, std::nullopt},
      {"no name", [](Attributes& a) { a.nest(NFTA_LIST_ELEM, [](Attributes&) {}); }, std::nullopt},
      {"only a counter", [](Attributes& a) { expression(a, "counter"); }, std::nullopt},
      {"empty", [](Attributes&) {}, std::nullopt},
      {"condition behind the verdict",
       [](Attributes& a) {
         verdict(a, NF_DROP);
         expression(a, "cmp");
       },
       drop},
  };
  for (const auto& c : cases) EXPECT_EQ(always_of(c.rule), c.want) << c.name;
}

TEST(NftMessages, AChainAndItsTable) {
  NftDecoder<NftChain> chains(kId);
  FakeChain plain = kChain;
  plain.hook.reset();
  chains.feed(chain_message(kChain) + chain_message(plain) + done());
  ASSERT_EQ(chains.items().size(), 2U);
  const NftChain& first = chains.items()[0];
  EXPECT_EQ(first.family, NFPROTO_INET);
  EXPECT_EQ(first.table, "filter");
  EXPECT_EQ(first.name, "forward");
  EXPECT_EQ(first.hook, NF_INET_FORWARD);
  EXPECT_TRUE(first.drops);
  EXPECT_EQ(chains.items()[1].hook, std::nullopt);
  EXPECT_FALSE(chains.items()[1].drops);
  NftDecoder<NftTable> tables(kId);
  tables.feed(table_message({NFPROTO_IPV6, "t", true}) + table_message({NFPROTO_IPV4, "u"}));
  ASSERT_EQ(tables.items().size(), 2U);
  EXPECT_TRUE(tables.items()[0].dormant);
  EXPECT_FALSE(tables.items()[1].dormant);
  EXPECT_FALSE(tables.ended());
}

TEST(NftMessages, AGenerationEndsItsAnswer) {
  NftDecoder<NftGeneration> decoder(kId);
  EXPECT_FALSE(decoder.ended());
  decoder.feed(generation_message(0x01020304));
  EXPECT_TRUE(decoder.ended());
  EXPECT_EQ(decoder.items().at(0).id, 0x01020304U);
}

template <class Item>
bool is_cut(const Buffer& datagram) {
  NftDecoder<Item> decoder(kId);
  decoder.feed(datagram);
  return decoder.state().cut && decoder.items().empty();
}

TEST(NftMessages, WhatDoesNotFitIsNoted) {
  const std::string long_name(NFT_NAME_MAXLEN, 'x');
  const auto nft = [](std::uint8_t type, const Attributes::Fill& fill) {
    return nft_message(type, NFPROTO_INET, fill);
  };
  EXPECT_TRUE(
      is_cut<NftTable>(nft(NFT_MSG_NEWTABLE, [](Attributes& a) { a.zeros(NFTA_TABLE_FLAGS, 2); })));
  EXPECT_TRUE(is_cut<NftTable>(
      nft(NFT_MSG_NEWTABLE, [&](Attributes& a) { a.text(NFTA_TABLE_NAME, long_name); })));
  EXPECT_TRUE(is_cut<NftChain>(
      nft(NFT_MSG_NEWCHAIN, [](Attributes& a) { a.zeros(NFTA_CHAIN_POLICY, 8); })));
  EXPECT_TRUE(is_cut<NftChain>(
      nft(NFT_MSG_NEWCHAIN, [&](Attributes& a) { a.text(NFTA_CHAIN_NAME, long_name); })));
  EXPECT_TRUE(is_cut<NftChain>(nft(NFT_MSG_NEWCHAIN, [](Attributes& a) {
    a.nest(NFTA_CHAIN_HOOK, [](Attributes& hook) { hook.zeros(NFTA_HOOK_HOOKNUM, 1); });
  })));
  EXPECT_TRUE(is_cut<NftRule>(
      nft(NFT_MSG_NEWRULE, [&](Attributes& a) { a.text(NFTA_RULE_CHAIN, long_name); })));
  EXPECT_TRUE(is_cut<NftGeneration>(nft(NFT_MSG_NEWGEN, [](Attributes&) {})));
  const auto type = static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN);
  EXPECT_TRUE(is_cut<NftChain>(message(Buffer(3), {.type = type})));  // no header
  Buffer damaged = chain_message(kChain);
  damaged[sizeof(nlmsghdr) + sizeof(nfgenmsg)] = std::byte{0xff};  // a length beyond the message
  damaged[sizeof(nlmsghdr) + sizeof(nfgenmsg) + 1] = std::byte{0xff};
  EXPECT_TRUE(is_cut<NftChain>(damaged));
}

TEST(NftRequests, NameTheChain) {
  const std::string longest(NFT_NAME_MAXLEN - 1, 'x');
  const auto request = request_rules(9, {NFPROTO_IPV4, longest, longest, std::nullopt, false});
  nlmsghdr header{};
  std::memcpy(&header, request.data(), sizeof header);
  EXPECT_EQ(header.nlmsg_len, request.size());
  EXPECT_EQ(header.nlmsg_type, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE);
  EXPECT_EQ(header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
  AttributeReader reader(Bytes{request}.subspan(sizeof header + sizeof(nfgenmsg)));
  Attribute attribute;
  for (const std::uint16_t type : {NFTA_RULE_TABLE, NFTA_RULE_CHAIN}) {
    ASSERT_TRUE(reader.next(attribute));
    EXPECT_EQ(attribute.type, type);
    EXPECT_EQ(text_of(attribute.payload), longest);
  }
}

TEST(Netconf, OfTheInterfaceThatWasAskedFor) {
  NetconfDecoder decoder(kId, AF_INET, 5);
  decoder.feed(netconf_message(AF_INET, 6, 1));
  decoder.feed(netconf_message(AF_INET6, 5, 1));
  EXPECT_FALSE(decoder.ended());
  decoder.feed(netconf_message(AF_INET, 5, 1));
  EXPECT_TRUE(decoder.ended());
  EXPECT_TRUE(decoder.netconf()->forwarding);
  EXPECT_FALSE(decoder.netconf()->force_forwarding);
  NetconfDecoder forced(kId, AF_INET6, 5);
  forced.feed(netconf_message(AF_INET6, 5, 0, true));
  EXPECT_FALSE(forced.netconf()->forwarding);
  EXPECT_TRUE(forced.netconf()->force_forwarding);
}

TEST(Netconf, WhatDoesNotFitIsNoted) {
  NetconfDecoder without(kId, AF_INET, 5);
  without.feed(message(Buffer(4), {.type = RTM_NEWNETCONF, .flags = 0}));
  EXPECT_TRUE(without.state().cut);
  NetconfDecoder shorter(kId, AF_INET, 5);
  shorter.feed(message(Buffer(1), {.type = RTM_NEWNETCONF, .flags = 0}));
  EXPECT_TRUE(shorter.state().cut);
  EXPECT_FALSE(shorter.ended());
}

TEST(ChainEnds, AreBounded) {
  ChainVerdicts verdicts;  // each calls the next one twice: 2^15 ways to the end
  for (int i = 0; i < 15; ++i) {
    const std::string next = std::to_string(i + 1);
    verdicts[std::to_string(i)] = {{NftAction::jump, next}, {NftAction::jump, next}};
  }
  verdicts["15"] = {};
  EXPECT_EQ(end_of(verdicts, "0"), std::nullopt);
  EXPECT_EQ(end_of(verdicts, "10"), ChainEnd::leave);
  EXPECT_EQ(end_of(verdicts, "16"), std::nullopt);  // not among them
  EXPECT_TRUE(unread_chains(verdicts).empty());
  verdicts.erase("15");
  EXPECT_EQ(unread_chains(verdicts), (std::vector<std::string>{"15", "15"}));
}

}  // namespace
}  // namespace wgaudit::test
