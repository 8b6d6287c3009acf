// Any bytes as the kernel's answer: [u32 length][datagram]…, the form of tests/netlink/recorded.
// Sequence, port and family are taken from the first message, so that inputs reach the decoders.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "collectors/netlink/device_decoder.hpp"
#include "collectors/netlink/link_decoder.hpp"
#include "collectors/netlink/request.hpp"
#include "tests/fuzz/datagrams.hpp"

namespace {

using namespace wgaudit;

void require(bool holds) {
  if (!holds) std::abort();
}

// What Device promises to everyone behind the decoder, whatever the bytes were.
void check(const Device& device) {
  require(std::ranges::is_sorted(device.peers, {}, &Peer::public_key));
  require(std::ranges::adjacent_find(device.peers, {}, &Peer::public_key) == device.peers.end());
  std::size_t offset = 0;
  for (const Peer& peer : device.peers) {
    require(peer.prefix_offset == offset);
    offset += peer.prefix_count;
    require(offset <= device.prefixes.size());
    require(std::ranges::is_sorted(device.prefixes_of(peer)));
    for (const Cidr& cidr : device.prefixes_of(peer)) {
      require(cidr.length <= address_bits(cidr.address.family));
    }
  }
  require(offset == device.prefixes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto datagrams = datagrams_of(std::as_bytes(std::span{data, size}));
  nlmsghdr first{};
  if (!datagrams.empty() && datagrams[0].size() >= sizeof first) {
    std::memcpy(&first, datagrams[0].data(), sizeof first);
  }
  const RequestId id{first.nlmsg_seq, first.nlmsg_pid};
  DeviceDecoder device({id, first.nlmsg_type, 3, "wg0"});
  LinkDecoder links(id, "wireguard");
  LinkDecoder all_links(id, "");
  FamilyDecoder family(id);
  for (const Bytes datagram : datagrams) {
    device.feed(datagram);
    links.feed(datagram);
    all_links.feed(datagram, true);
    family.feed(datagram);
  }
  const DeviceDump dump = std::move(device).finish();
  check(dump.device);
  require((dump.device.completeness == Completeness::complete) == !dump.doubt.has_value());
  const LinkListing listing = std::move(links).finish();
  for (const NamedLink& link : listing.links) require(link.kind == "wireguard");
  require(std::move(all_links).finish().doubt.has_value() || datagrams.empty());
  return 0;
}
