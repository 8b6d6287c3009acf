#include "collectors/netlink/link_list.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "collectors/netlink/request.hpp"
#include "collectors/netlink/retry.hpp"

namespace wgaudit {
namespace {

// A link message can be larger than a page of peers (net/core/rtnetlink.c, if_nlmsg_size()).
constexpr std::size_t kFirstBuffer = std::size_t{64} << 10U;
constexpr std::size_t kLargestBuffer = std::size_t{1} << 20U;

LinkListing failed(int error) {
  LinkListing listing;
  listing.doubt = RetryReason::error;
  listing.error = error;
  return listing;
}

// The socket is closed on every way out.
LinkListing list_once(const NetlinkSystem& system, const std::string& kind, BootTime deadline,
                      std::vector<std::byte>& buffer) {
  constexpr std::uint32_t kSequence = 1;
  const auto channel = system.open(Protocol::route);
  if (!channel) return failed(channel.error());
  NetlinkChannel& socket = **channel;
  if (const auto sent = socket.send(request_links(kSequence, kind)); !sent) {
    return failed(sent.error());
  }
  LinkDecoder decoder({kSequence, socket.port_id()}, kind);
  while (!decoder.ended()) {
    const auto datagram = socket.receive(buffer, deadline);
    if (!datagram && datagram.error() == ETIMEDOUT) break;
    if (!datagram) return failed(datagram.error());
    decoder.feed(datagram->bytes, datagram->cut);
    if (datagram->cut) break;  // the rest cannot make it whole
  }
  return std::move(decoder).finish();
}

}  // namespace

LinkListing list_links(const NetlinkSystem& system, const std::string& kind, BootTime deadline,
                       Retries& retries) {
  std::vector<std::byte> buffer(kFirstBuffer);
  for (unsigned tries = 1;; ++tries) {
    LinkListing listing = list_once(system, kind, try_until(system.now(), deadline), buffer);
    if (!listing.doubt) return listing;
    const bool again = tries < kMaxTries && worth_another_try(*listing.doubt, listing.error);
    if (!again) return listing;
    if (*listing.doubt == RetryReason::truncated) {
      buffer.resize(std::min(buffer.size() * 4, kLargestBuffer));
    }
    ++retries.at(static_cast<std::size_t>(*listing.doubt));
  }
}

}  // namespace wgaudit
