#include "collectors/netlink/ruleset_reader.hpp"

#include <linux/netfilter.h>

#include <algorithm>
#include <cerrno>
#include <expected>
#include <tuple>
#include <utility>
#include <vector>

#include "collectors/netlink/chain_end.hpp"
#include "collectors/netlink/exchange.hpp"
#include "collectors/netlink/nft_messages.hpp"
#include "collectors/netlink/retry.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMaxChains = 4096;  // that are read for the sake of one base chain

struct Doubt {
  RetryReason reason;
  int error = 0;
};
template <class T>
using Read = std::expected<T, Doubt>;

struct Filtered {
  bool ipv4 = false, ipv6 = false;
};

// One try, on a socket of its own: closing it ends a dump that is not read to its end.
class RulesetReader {
 public:
  RulesetReader(NetlinkChannel& channel, BootTime until) : link_(channel, until) {}

  Read<Filtered> read();

 private:
  template <class Item>
  Read<std::vector<Item>> list(const NetlinkRequest& request);
  Read<std::uint32_t> generation();
  Read<Filtered> read_chains();
  Read<bool> drops(const NftChain& base);
  Read<std::vector<NftVerdict>> verdicts_of(const NftChain& chain);

  Exchange link_;
};

template <class Item>
Read<std::vector<Item>> RulesetReader::list(const NetlinkRequest& request) {
  NftDecoder<Item> decoder(link_.request_id());
  if (const int error = link_.ask(request, decoder); error != 0) {
    return std::unexpected(Doubt{RetryReason::error, error});
  }
  const bool single = Item::kMessage == NFT_MSG_NEWGEN && !decoder.items().empty();
  if (const auto doubt = doubt_of(decoder.state()); doubt && !single) {
    return std::unexpected(Doubt{*doubt, decoder.state().error});
  }
  return std::move(decoder).take();
}

Read<std::uint32_t> RulesetReader::generation() {
  const auto answer = list<NftGeneration>(request_generation(link_.next_sequence()));
  if (!answer) return std::unexpected(answer.error());
  if (answer->empty()) return std::unexpected(Doubt{RetryReason::inconsistent});
  return answer->front().id;
}

Read<std::vector<NftVerdict>> RulesetReader::verdicts_of(const NftChain& chain) {
  auto rules = list<NftRule>(request_rules(link_.next_sequence(), chain));
  if (!rules && rules.error().error == ENOENT) {  // it went since it was listed
    return std::unexpected(Doubt{RetryReason::interrupted});
  }
  if (!rules) return std::unexpected(rules.error());
  std::vector<NftVerdict> verdicts;
  for (NftRule& rule : *rules) {
    // Kernels before 4.15 filter by less than what was asked for.
    const bool asked = std::tie(rule.family, rule.table, rule.chain) ==
                       std::tie(chain.family, chain.table, chain.name);
    if (asked && rule.always) verdicts.push_back(*std::move(rule.always));
  }
  return verdicts;
}

Read<bool> RulesetReader::drops(const NftChain& base) {
  ChainVerdicts verdicts;
  std::vector<std::string> wanted{base.name};
  while (!wanted.empty()) {
    for (const std::string& name : wanted) {
      if (verdicts.size() == kMaxChains) return std::unexpected(Doubt{RetryReason::inconsistent});
      NftChain chain = base;
      chain.name = name;
      auto found = verdicts_of(chain);
      if (!found) return std::unexpected(found.error());
      verdicts[name] = *std::move(found);
    }
    wanted = unread_chains(verdicts);
  }
  const auto end = end_of(verdicts, base.name);
  if (!end) return std::unexpected(Doubt{RetryReason::inconsistent});
  return *end == ChainEnd::drop || (*end == ChainEnd::leave && base.drops);
}

bool covers(const NftChain& chain, std::uint8_t family) {
  return chain.family == NFPROTO_INET || chain.family == family;
}

Read<Filtered> RulesetReader::read_chains() {
  const auto tables = list<NftTable>(request_tables(link_.next_sequence()));
  if (!tables) return std::unexpected(tables.error());
  const auto chains = list<NftChain>(request_chains(link_.next_sequence()));
  if (!chains) return std::unexpected(chains.error());
  const auto is_dormant = [&](const NftChain& chain) {
    return std::ranges::any_of(*tables, [&](const NftTable& table) {
      return table.dormant && table.family == chain.family && table.name == chain.table;
    });
  };
  Filtered filtered;
  for (const NftChain& chain : *chains) {
    const bool ipv4 = covers(chain, NFPROTO_IPV4), ipv6 = covers(chain, NFPROTO_IPV6);
    const bool news = (ipv4 && !filtered.ipv4) || (ipv6 && !filtered.ipv6);
    if (chain.hook != NF_INET_FORWARD || !news || is_dormant(chain)) continue;
    const auto dropping = drops(chain);
    if (!dropping) return std::unexpected(dropping.error());
    filtered.ipv4 = filtered.ipv4 || (ipv4 && *dropping);
    filtered.ipv6 = filtered.ipv6 || (ipv6 && *dropping);
  }
  return filtered;
}

Read<Filtered> RulesetReader::read() {
  const auto before = generation();
  if (!before) return std::unexpected(before.error());
  const auto filtered = read_chains();
  if (!filtered) return filtered;
  const auto after = generation();
  if (!after) return std::unexpected(after.error());
  if (*after != *before) return std::unexpected(Doubt{RetryReason::interrupted});
  return filtered;
}

Read<Filtered> read_once(const NetlinkSystem& system, BootTime until) {
  const auto channel = system.open(Protocol::netfilter);
  if (!channel) return std::unexpected(Doubt{RetryReason::error, channel.error()});
  return RulesetReader(**channel, until).read();
}

ForwardingState state_of(bool filtered) {
  return filtered ? ForwardingState::filtered : ForwardingState::open;
}

}  // namespace

Forwarding read_ruleset(const NetlinkSystem& system, BootTime deadline) {
  for (unsigned tries = 1;; ++tries) {
    const auto filtered = read_once(system, try_until(system.now(), deadline));
    if (filtered) return {state_of(filtered->ipv4), state_of(filtered->ipv6)};
    const auto& [reason, error] = filtered.error();
    if (tries < kMaxTries && worth_another_try(reason, error)) continue;
    const bool changing = reason == RetryReason::interrupted || error == EINTR;
    const auto state = changing ? ForwardingState::changing : ForwardingState::unreadable;
    return {state, state};
  }
}

}  // namespace wgaudit
