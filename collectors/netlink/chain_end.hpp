// Where a packet ends in a chain of nftables that no rule asks anything about. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collectors/netlink/nft_messages.hpp"

namespace wgaudit {

// Of one table: of each chain the verdicts of those rules that hold for every packet, in order.
using ChainVerdicts = std::map<std::string, std::vector<NftVerdict>>;

enum class ChainEnd : std::uint8_t { accept, drop, leave };

// `leave`: to the chain it was called from, of a base chain to its policy. nullopt: it goes on for
// longer than the kernel lets it, or into a chain that is not among these.
[[nodiscard]] std::optional<ChainEnd> end_of(const ChainVerdicts& verdicts,
                                             const std::string& chain);

// The chains that are called and are not among these.
[[nodiscard]] std::vector<std::string> unread_chains(const ChainVerdicts& verdicts);

}  // namespace wgaudit
