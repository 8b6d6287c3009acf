#include "collectors/netlink/link_decoder.hpp"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <utility>

#include "collectors/netlink/retry.hpp"

namespace wgaudit {
namespace {

std::string kind_of(Bytes link_info) {
  AttributeReader reader(link_info);
  Attribute attribute;
  while (reader.next(attribute)) {
    if (attribute.type == IFLA_INFO_KIND) return text_of(attribute.payload);
  }
  return {};
}

// struct rtnl_link_stats64 grows at its end; the counters read here are its first eight.
bool read_counters(LinkCounters& counters, Bytes payload) {
  constexpr std::size_t kWanted = offsetof(rtnl_link_stats64, multicast);
  if (payload.size() < kWanted) return false;
  rtnl_link_stats64 stats{};
  std::memcpy(&stats, payload.data(), kWanted);
  counters = {.received_bytes = stats.rx_bytes,
              .received_packets = stats.rx_packets,
              .received_errors = stats.rx_errors,
              .received_drops = stats.rx_dropped,
              .sent_bytes = stats.tx_bytes,
              .sent_packets = stats.tx_packets,
              .sent_errors = stats.tx_errors,
              .sent_drops = stats.tx_dropped};
  return true;
}

// False when an attribute has a length that it cannot have.
bool read_link(Bytes attributes, NamedLink& named) {
  bool good = true;
  AttributeReader reader(attributes);
  Attribute attribute;
  while (reader.next(attribute)) {
    switch (attribute.type) {
      case IFLA_IFNAME:
        named.name = text_of(attribute.payload);
        break;
      case IFLA_LINKINFO:
        named.kind = kind_of(attribute.payload);
        break;
      case IFLA_MTU:
        if (const auto mtu = value_of<std::uint32_t>(attribute.payload)) {
          named.link.mtu_bytes = *mtu;
        } else {
          good = false;
        }
        break;
      case IFLA_STATS64:
        good = read_counters(named.link.counters, attribute.payload) && good;
        break;
      default:  // some sixty others
        break;
    }
  }
  return good && !reader.damaged();
}

}  // namespace

LinkDecoder::LinkDecoder(RequestId id, std::string kind, AnswerLimits limits)
    : envelope_(id, limits), kind_(std::move(kind)) {}

void LinkDecoder::feed(Bytes datagram, bool cut) {
  envelope_.take(datagram, cut, [this](std::uint16_t type, Bytes payload) {
    if (type == RTM_NEWLINK) take_message(payload);
  });
}

void LinkDecoder::take_message(Bytes payload) {
  ifinfomsg header{};
  if (payload.size() < sizeof header) return envelope_.note_cut();
  std::memcpy(&header, payload.data(), sizeof header);
  NamedLink named;
  const bool good = read_link(payload.subspan(sizeof header), named);
  if (!good) envelope_.note_cut();
  if (header.ifi_index <= 0 || named.name.empty()) return;
  if (!kind_.empty() && named.kind != kind_) return;
  named.link.index = static_cast<std::uint32_t>(header.ifi_index);
  named.link.up = (header.ifi_flags & IFF_UP) != 0;
  links_.push_back(std::move(named));
}

LinkListing LinkDecoder::finish() && {
  // A link renamed or re-added behind the cursor appears twice; the later record stays.
  std::ranges::reverse(links_);
  std::ranges::stable_sort(links_, {}, &NamedLink::name);
  const auto doubles = std::ranges::unique(links_, {}, &NamedLink::name);
  links_.erase(doubles.begin(), doubles.end());
  const AnswerState& state = envelope_.state();
  return {std::move(links_), doubt_of(state), state.error, state.error_text};
}

}  // namespace wgaudit
