#include "tests/netlink/nft_builder.hpp"

#include <arpa/inet.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>

#include <string>

namespace wgaudit::test {

Attributes& put_number(Attributes& to, std::uint16_t type, std::uint32_t value) {
  return to.put(type, htonl(value));
}

Buffer nft_message(std::uint8_t message_type, std::uint8_t family, const Attributes::Fill& fill,
                   std::uint16_t flags) {
  const nfgenmsg header{.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(1)};
  Buffer payload(sizeof header);
  std::memcpy(payload.data(), &header, sizeof header);
  Attributes attributes;
  fill(attributes);
  const auto type = static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message_type);
  return message(payload + attributes.bytes(), {.type = type, .flags = flags});
}

Buffer generation_message(std::uint32_t id) {
  return nft_message(NFT_MSG_NEWGEN, 0, [&](Attributes& a) { put_number(a, NFTA_GEN_ID, id); }, 0);
}

Buffer table_message(const FakeTable& table) {
  return nft_message(NFT_MSG_NEWTABLE, table.family, [&](Attributes& a) {
    a.text(NFTA_TABLE_NAME, table.name);
    put_number(a, NFTA_TABLE_FLAGS, table.dormant ? NFT_TABLE_F_DORMANT : 0);
  });
}

Buffer chain_message(const FakeChain& chain, std::uint16_t flags) {
  return nft_message(
      NFT_MSG_NEWCHAIN, chain.family,
      [&](Attributes& a) {
        a.text(NFTA_CHAIN_TABLE, chain.table).text(NFTA_CHAIN_NAME, chain.name);
        if (!chain.hook) return;
        a.nest(NFTA_CHAIN_HOOK, [&](Attributes& hook) {
          put_number(hook, NFTA_HOOK_HOOKNUM, *chain.hook);
          put_number(hook, NFTA_HOOK_PRIORITY, 0);
        });
        put_number(a, NFTA_CHAIN_POLICY, chain.drops ? NF_DROP : NF_ACCEPT);
        a.text(NFTA_CHAIN_TYPE, "filter");
      },
      flags);
}

Buffer rule_message(const FakeChain& chain, const Attributes::Fill& expressions) {
  return nft_message(NFT_MSG_NEWRULE, chain.family, [&](Attributes& a) {
    a.text(NFTA_RULE_TABLE, chain.table).text(NFTA_RULE_CHAIN, chain.name);
    a.nest(NFTA_RULE_EXPRESSIONS, expressions);
  });
}

Buffer netconf_message(int family, std::int32_t ifindex, std::int32_t forwarding, bool forced) {
  Buffer payload(4);
  payload[0] = static_cast<std::byte>(family);
  Attributes a;
  a.put(NETCONFA_IFINDEX, ifindex).put(NETCONFA_FORWARDING, forwarding);
  if (forced) a.put(std::uint16_t{9}, std::int32_t{1});  // NETCONFA_FORCE_FORWARDING
  return message(payload + a.bytes(), {.type = RTM_NEWNETCONF, .flags = 0});
}

void expression(Attributes& to, std::string_view name, const Attributes::Fill& data) {
  to.nest(NFTA_LIST_ELEM, [&](Attributes& element) {
    element.text(NFTA_EXPR_NAME, name);
    if (data) element.nest(NFTA_EXPR_DATA, data);
  });
}

void verdict(Attributes& to, std::int32_t code, std::string_view chain) {
  expression(to, "immediate", [&](Attributes& a) {
    put_number(a, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    a.nest(NFTA_IMMEDIATE_DATA, [&](Attributes& data) {
      data.nest(NFTA_DATA_VERDICT, [&](Attributes& value) {
        put_number(value, NFTA_VERDICT_CODE, static_cast<std::uint32_t>(code));
        if (!chain.empty()) value.text(NFTA_VERDICT_CHAIN, chain);
      });
    });
  });
}

Attributes::Fill always(std::int32_t code, std::string_view chain) {
  return [code, chain = std::string(chain)](Attributes& a) {
    expression(a, "counter");
    verdict(a, code, chain);
  };
}

Attributes::Fill sometimes(std::int32_t code, std::string_view chain) {
  return [code, chain = std::string(chain)](Attributes& a) {
    expression(a, "meta", [](Attributes& data) {
      put_number(data, NFTA_META_DREG, NFT_REG_1);
      put_number(data, NFTA_META_KEY, NFT_META_IIFNAME);
    });
    expression(a, "cmp");
    verdict(a, code, chain);
  };
}

}  // namespace wgaudit::test
