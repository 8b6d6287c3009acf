// What is asked of nftables, and its answers (linux/netfilter/nf_tables.h): generation, tables,
// chains, and of rules the verdicts that hold for every packet. Pure.
#pragma once

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collectors/netlink/envelope.hpp"
#include "collectors/netlink/request.hpp"

namespace wgaudit {

// Counts the commits of a namespace's rule set: equal before and after, all between is of one.
struct NftGeneration {
  static constexpr std::uint8_t kMessage = NFT_MSG_NEWGEN;
  std::uint8_t family = 0;
  std::uint32_t id = 0;
};

struct NftTable {
  static constexpr std::uint8_t kMessage = NFT_MSG_NEWTABLE;
  std::uint8_t family = 0;  // NFPROTO_…
  std::string name;
  bool dormant = false;  // its chains are hooked nowhere
};

struct NftChain {
  static constexpr std::uint8_t kMessage = NFT_MSG_NEWCHAIN;
  std::uint8_t family = 0;
  std::string table, name;
  std::optional<std::uint32_t> hook;  // of a base chain
  bool drops = false;                 // its policy
};

enum class NftAction : std::uint8_t { accept, drop, jump, go_to, leave };

struct NftVerdict {
  NftAction action{};
  std::string chain;  // of jump and go_to
  friend bool operator==(const NftVerdict&, const NftVerdict&) = default;
};

// A rule; `always` is its verdict where nothing in it asks about the packet.
struct NftRule {
  static constexpr std::uint8_t kMessage = NFT_MSG_NEWRULE;
  std::uint8_t family = 0;
  std::string table, chain;
  std::optional<NftVerdict> always;
};

// All tables, chains of all families; rules of one chain, in their order. Names are no longer than
// the kernel's (NFT_NAME_MAXLEN).
[[nodiscard]] NetlinkRequest request_generation(std::uint32_t sequence);
[[nodiscard]] NetlinkRequest request_tables(std::uint32_t sequence);
[[nodiscard]] NetlinkRequest request_chains(std::uint32_t sequence);
[[nodiscard]] NetlinkRequest request_rules(std::uint32_t sequence, const NftChain& chain);

// False where an attribute does not fit.
[[nodiscard]] bool read_nft(Bytes attributes, NftGeneration& generation);
[[nodiscard]] bool read_nft(Bytes attributes, NftTable& table);
[[nodiscard]] bool read_nft(Bytes attributes, NftChain& chain);
[[nodiscard]] bool read_nft(Bytes attributes, NftRule& rule);

// Of the header that every message begins with (struct nfgenmsg); nullopt: it is cut short.
[[nodiscard]] std::optional<std::uint8_t> nft_family_of(Bytes payload);

// Fed one datagram at a time.
template <class Item>
class NftDecoder {
 public:
  explicit NftDecoder(RequestId id, AnswerLimits limits = {}) : envelope_(id, limits) {}

  void feed(Bytes datagram, bool cut = false) {
    envelope_.take(datagram, cut, [this](std::uint16_t type, Bytes payload) {
      if (type == (NFNL_SUBSYS_NFTABLES << 8 | Item::kMessage)) take_message(payload);
    });
  }
  // The generation is one message without an end of its own, the others are dumps.
  [[nodiscard]] bool ended() const {
    return envelope_.state().ended || (Item::kMessage == NFT_MSG_NEWGEN && !items_.empty());
  }
  [[nodiscard]] const AnswerState& state() const { return envelope_.state(); }
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }
  [[nodiscard]] std::vector<Item> take() && { return std::move(items_); }

 private:
  void take_message(Bytes payload) {
    const auto family = nft_family_of(payload);
    if (!family) return envelope_.note_cut();
    Item item;
    item.family = *family;
    if (!read_nft(payload.subspan(sizeof(nfgenmsg)), item)) return envelope_.note_cut();
    items_.push_back(std::move(item));
  }

  Envelope envelope_;
  std::vector<Item> items_;
};

}  // namespace wgaudit
