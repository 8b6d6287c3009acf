// Any bytes as the kernel's answers about nftables and settings. Each datagram is an answer of its
// own, with the numbers of its first message, so that inputs reach the decoders.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "collectors/netlink/chain_end.hpp"
#include "collectors/netlink/netconf.hpp"
#include "collectors/netlink/nft_messages.hpp"
#include "tests/fuzz/datagrams.hpp"

namespace {

using namespace wgaudit;

void require(bool holds) {
  if (!holds) std::abort();
}

bool fits(const std::string& name) { return name.size() < NFT_NAME_MAXLEN; }

template <class Item>
std::vector<Item> decode(RequestId id, Bytes datagram) {
  NftDecoder<Item> decoder(id);
  decoder.feed(datagram);
  return std::move(decoder).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ChainVerdicts verdicts;
  for (const Bytes datagram : datagrams_of(std::as_bytes(std::span{data, size}))) {
    nlmsghdr first{};
    if (datagram.size() >= sizeof first) std::memcpy(&first, datagram.data(), sizeof first);
    const RequestId id{first.nlmsg_seq, first.nlmsg_pid};
    (void)decode<NftGeneration>(id, datagram);
    for (const NftTable& table : decode<NftTable>(id, datagram)) require(fits(table.name));
    for (const NftChain& chain : decode<NftChain>(id, datagram)) {
      require(fits(chain.table) && fits(chain.name));
      require(request_rules(1, chain).size() <= 1024);
    }
    for (NftRule& rule : decode<NftRule>(id, datagram)) {
      require(fits(rule.table) && fits(rule.chain));
      auto& of_chain = verdicts[rule.chain];
      if (rule.always) of_chain.push_back(*std::move(rule.always));
    }
    NetconfDecoder netconf(id, 2, 2);
    netconf.feed(datagram);
  }
  for (const std::string& chain : unread_chains(verdicts)) require(!verdicts.contains(chain));
  for (const auto& [chain, rules] : verdicts) (void)end_of(verdicts, chain);
  return 0;
}
