#include "collectors/netlink/chain_end.hpp"

namespace wgaudit {
namespace {

// NFT_JUMP_STACK_SIZE: no rule set has more.
constexpr unsigned kMaxDepth = 16;
// Chains that call each other twice a level would be walked for ever.
constexpr unsigned kMaxSteps = 10'000;

class Walk {
 public:
  explicit Walk(const ChainVerdicts& verdicts) : verdicts_(verdicts) {}

  std::optional<ChainEnd> through(const std::string& chain, unsigned depth) {
    const auto found = verdicts_.find(chain);
    if (found == verdicts_.end() || depth > kMaxDepth) return std::nullopt;
    for (const NftVerdict& verdict : found->second) {
      if (++steps_ > kMaxSteps) return std::nullopt;
      switch (verdict.action) {
        case NftAction::accept:
          return ChainEnd::accept;
        case NftAction::drop:
          return ChainEnd::drop;
        case NftAction::leave:
          return ChainEnd::leave;
        case NftAction::go_to:  // and not back here
          return through(verdict.chain, depth + 1);
        case NftAction::jump:
          if (const auto end = through(verdict.chain, depth + 1); end != ChainEnd::leave) {
            return end;
          }
          break;
      }
    }
    return ChainEnd::leave;
  }

 private:
  const ChainVerdicts& verdicts_;
  unsigned steps_ = 0;
};

}  // namespace

std::optional<ChainEnd> end_of(const ChainVerdicts& verdicts, const std::string& chain) {
  return Walk(verdicts).through(chain, 0);
}

std::vector<std::string> unread_chains(const ChainVerdicts& verdicts) {
  std::vector<std::string> unread;
  for (const auto& [chain, rules] : verdicts) {
    for (const NftVerdict& verdict : rules) {
      const bool calls = verdict.action == NftAction::jump || verdict.action == NftAction::go_to;
      if (calls && !verdicts.contains(verdict.chain)) unread.push_back(verdict.chain);
    }
  }
  return unread;
}

}  // namespace wgaudit
