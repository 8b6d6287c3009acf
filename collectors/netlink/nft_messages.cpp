#include "collectors/netlink/nft_messages.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <algorithm>
#include <string_view>

#include "collectors/netlink/request_writer.hpp"

namespace wgaudit {
namespace {

RequestWriter begin(std::uint8_t message, std::uint16_t flags, std::uint32_t sequence,
                    std::uint8_t family = NFPROTO_UNSPEC) {
  RequestWriter writer(static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message), flags,
                       sequence);
  writer.put_header(nfgenmsg{.nfgen_family = family, .version = NFNETLINK_V0, .res_id = 0});
  return writer;
}

// nf_tables has its numbers in network order.
bool read_number(std::uint32_t& number, Bytes payload) {
  const auto value = value_of<std::uint32_t>(payload);
  if (value) number = ntohl(*value);
  return value.has_value();
}

bool read_name(std::string& name, Bytes payload) {
  name = text_of(payload);
  return name.size() < NFT_NAME_MAXLEN;
}

// Calls `take(type, payload)` for each; false where one does not fit or `take` says so.
template <class Take>
bool each_attribute(Bytes bytes, Take&& take) {
  bool good = true;
  AttributeReader reader(bytes);
  Attribute attribute;
  while (reader.next(attribute)) good = take(attribute.type, attribute.payload) && good;
  return good && !reader.damaged();
}

std::optional<Bytes> find_attribute(Bytes bytes, std::uint16_t type) {
  AttributeReader reader(bytes);
  Attribute attribute;
  while (reader.next(attribute)) {
    if (attribute.type == type) return attribute.payload;
  }
  return std::nullopt;
}

bool read_hook(std::optional<std::uint32_t>& hook, Bytes nest) {
  return each_attribute(nest, [&](std::uint16_t type, Bytes payload) {
    return type != NFTA_HOOK_HOOKNUM || read_number(hook.emplace(), payload);
  });
}

// What a verdict's code comes to; nullopt: the next expression or rule has its turn.
std::optional<NftAction> action_of(std::uint32_t code) {
  switch (static_cast<std::int32_t>(code)) {
    case NF_DROP:
      return NftAction::drop;
    case NF_ACCEPT:
      return NftAction::accept;
    case NFT_JUMP:
      return NftAction::jump;
    case NFT_GOTO:
      return NftAction::go_to;
    case NFT_RETURN:
      return NftAction::leave;
    default:  // a queue's reader decides on its own; NFT_CONTINUE, NFT_BREAK
      return std::nullopt;
  }
}

// What one expression means for a packet of any kind.
struct Expression {
  bool asks = true;  // whether the rest of the rule holds depends on the packet
  std::optional<NftVerdict> verdict;
};

Expression read_verdict(Bytes verdict) {
  std::uint32_t code = 0;
  NftVerdict found;
  const bool good = each_attribute(verdict, [&](std::uint16_t type, Bytes payload) {
    if (type == NFTA_VERDICT_CODE) return read_number(code, payload);
    return type != NFTA_VERDICT_CHAIN || read_name(found.chain, payload);
  });
  const auto action = good ? action_of(code) : std::nullopt;
  if (!action) return {};
  found.action = *action;
  return {.asks = false, .verdict = std::move(found)};
}

// A value for a register alone asks nothing.
Expression read_immediate(Bytes data) {
  const auto value = find_attribute(data, NFTA_IMMEDIATE_DATA);
  if (!value) return {};
  const auto verdict = find_attribute(*value, NFTA_DATA_VERDICT);
  if (!verdict) return {.asks = false, .verdict = std::nullopt};
  return read_verdict(*verdict);
}

Expression read_reject(Bytes) {
  return {.asks = false, .verdict = NftVerdict{NftAction::drop, {}}};
}

Expression read_bystander(Bytes) { return {.asks = false, .verdict = std::nullopt}; }

// `meta mark set …`: with a source register it is written, not asked for.
Expression read_meta(Bytes data) {
  return {.asks = !find_attribute(data, NFTA_META_SREG), .verdict = std::nullopt};
}

// Of iptables-nft, what has no expression of its own.
Expression read_target(Bytes data) {
  const auto name = find_attribute(data, NFTA_TARGET_NAME);
  return name && text_of(*name) == "REJECT" ? read_reject(data) : Expression{};
}

Expression read_match(Bytes data) {
  const auto name = find_attribute(data, NFTA_MATCH_NAME);
  return name && text_of(*name) == "comment" ? read_bystander(data) : Expression{};
}

// All others ask about the packet, or may stop the rule.
constexpr std::pair<std::string_view, Expression (*)(Bytes)> kExpressions[] = {
    {"immediate", read_immediate}, {"reject", read_reject},  {"counter", read_bystander},
    {"log", read_bystander},       {"last", read_bystander}, {"meta", read_meta},
    {"target", read_target},       {"match", read_match}};

Expression read_expression(Bytes element) {
  const std::string name = text_of(find_attribute(element, NFTA_EXPR_NAME).value_or(Bytes{}));
  const Bytes data = find_attribute(element, NFTA_EXPR_DATA).value_or(Bytes{});
  const auto* known = std::ranges::find(kExpressions, std::string_view(name),
                                        [](const auto& entry) { return entry.first; });
  return known == std::end(kExpressions) ? Expression{} : known->second(data);
}

// The verdict of the first expression that has one, if none before it asks anything.
std::optional<NftVerdict> verdict_always(Bytes expressions) {
  AttributeReader reader(expressions);
  Attribute element;
  while (reader.next(element)) {
    Expression expression = read_expression(element.payload);
    if (expression.asks) return std::nullopt;
    if (expression.verdict) return std::move(expression.verdict);
  }
  return std::nullopt;
}

}  // namespace

NetlinkRequest request_generation(std::uint32_t sequence) {
  return begin(NFT_MSG_GETGEN, 0, sequence).take();
}

NetlinkRequest request_tables(std::uint32_t sequence) {
  return begin(NFT_MSG_GETTABLE, NLM_F_DUMP, sequence).take();
}

NetlinkRequest request_chains(std::uint32_t sequence) {
  return begin(NFT_MSG_GETCHAIN, NLM_F_DUMP, sequence).take();
}

NetlinkRequest request_rules(std::uint32_t sequence, const NftChain& chain) {
  RequestWriter writer = begin(NFT_MSG_GETRULE, NLM_F_DUMP, sequence, chain.family);
  writer.put(NFTA_RULE_TABLE, chain.table);
  writer.put(NFTA_RULE_CHAIN, chain.name);
  return writer.take();
}

std::optional<std::uint8_t> nft_family_of(Bytes payload) {
  nfgenmsg header{};
  if (payload.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, payload.data(), sizeof header);
  return header.nfgen_family;
}

bool read_nft(Bytes attributes, NftGeneration& generation) {
  const auto id = find_attribute(attributes, NFTA_GEN_ID);
  return id && read_number(generation.id, *id);
}

bool read_nft(Bytes attributes, NftTable& table) {
  return each_attribute(attributes, [&](std::uint16_t type, Bytes payload) {
    if (type == NFTA_TABLE_NAME) return read_name(table.name, payload);
    if (type != NFTA_TABLE_FLAGS) return true;
    std::uint32_t flags = 0;
    const bool good = read_number(flags, payload);
    table.dormant = (flags & NFT_TABLE_F_DORMANT) != 0;
    return good;
  });
}

bool read_nft(Bytes attributes, NftChain& chain) {
  return each_attribute(attributes, [&](std::uint16_t type, Bytes payload) {
    std::uint32_t policy = NF_ACCEPT;
    switch (type) {
      case NFTA_CHAIN_TABLE:
        return read_name(chain.table, payload);
      case NFTA_CHAIN_NAME:
        return read_name(chain.name, payload);
      case NFTA_CHAIN_HOOK:
        return read_hook(chain.hook, payload);
      case NFTA_CHAIN_POLICY: {
        const bool good = read_number(policy, payload);
        chain.drops = good && policy == NF_DROP;
        return good;
      }
      default:
        return true;
    }
  });
}

bool read_nft(Bytes attributes, NftRule& rule) {
  return each_attribute(attributes, [&](std::uint16_t type, Bytes payload) {
    switch (type) {
      case NFTA_RULE_TABLE:
        return read_name(rule.table, payload);
      case NFTA_RULE_CHAIN:
        return read_name(rule.chain, payload);
      case NFTA_RULE_EXPRESSIONS:
        rule.always = verdict_always(payload);
        return true;
      default:
        return true;
    }
  });
}

}  // namespace wgaudit
