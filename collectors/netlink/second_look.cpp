#include "collectors/netlink/second_look.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace wgaudit {
namespace {

// The peers of `device` that `other` does not show.
std::vector<const Peer*> others_of(const Device& device, const Device& other) {
  std::vector<const Peer*> peers;
  auto at = other.peers.begin();
  for (const Peer& peer : device.peers) {
    while (at != other.peers.end() && at->public_key < peer.public_key) ++at;
    if (at == other.peers.end() || at->public_key != peer.public_key) peers.push_back(&peer);
  }
  return peers;
}

// A prefix that has moved to another peer meanwhile belongs to that one.
void add_peers(Device& device, const Device& earlier) {
  const auto peers = others_of(earlier, device);
  if (peers.empty()) return;
  std::vector<Cidr> taken = device.prefixes;
  std::ranges::sort(taken);
  for (const Peer* peer : peers) {
    Peer added = *peer;
    added.prefix_offset = static_cast<std::uint32_t>(device.prefixes.size());
    std::ranges::copy_if(
        earlier.prefixes_of(*peer), std::back_inserter(device.prefixes),
        [&](const Cidr& prefix) { return !std::ranges::binary_search(taken, prefix); });
    added.prefix_count = static_cast<std::uint32_t>(device.prefixes.size()) - added.prefix_offset;
    device.peers.push_back(added);
  }
  normalize(device);
}

}  // namespace

SecondLook::SecondLook(DeviceDump first, const StandingPeers& standing, std::uint32_t ifindex)
    : standing_(standing),
      ifindex_(ifindex),
      first_sight_(!standing.knows(ifindex)),
      dump_(std::move(first)),
      lacking_(standing.lacking(ifindex, dump_.device)),
      decided_(!first_sight_ && lacking_.empty()) {}

void SecondLook::compare(const Device& next) {
  if (first_sight_) {
    const bool grew = !others_of(next, dump_.device).empty();
    came_back_ = came_back_ || grew;
    same_ = !grew && others_of(dump_.device, next).empty();
    return;
  }
  std::vector<Key> lacking = standing_.lacking(ifindex_, next);
  came_back_ = came_back_ || !std::ranges::includes(lacking, lacking_);
  same_ = lacking == lacking_;
  std::vector<Key> in_both;
  std::ranges::set_intersection(lacking, lacking_, std::back_inserter(in_both));
  lacking_ = std::move(in_both);
}

void SecondLook::add(DeviceDump next) {
  if (next.doubt) return add_peers(dump_.device, next.device);
  add_peers(next.device, dump_.device);
  dump_ = std::move(next);
}

// An interrupted dump still shows who came back.
void SecondLook::take(DeviceDump next, bool waited) {
  ++looks_;
  if (next.doubt && *next.doubt != RetryReason::interrupted) {
    failed_ = true;
    return;
  }
  const bool whole = !next.doubt;
  if (!waited) ++quiet_looks_;
  compare(next.device);
  add(std::move(next));
  const bool is_certain = same_ && whole && !waited;
  decided_ = first_sight_ ? is_certain : lacking_.empty() || (is_certain && !came_back_);
}

// Who changes peers one by one makes others go meanwhile; who sets all of them brings some back.
bool SecondLook::agreed() const {
  return !came_back_ && !failed_ && (looks_ == std::size(kPauses) || first_sight_);
}

bool SecondLook::only_waited() const {
  return !decided_ && !first_sight_ && agreed() && quiet_looks_ == 0;
}

DeviceDump SecondLook::result(bool patient) && {
  const bool believed = decided_ || (agreed() && (first_sight_ || quiet_looks_ > 0 || patient));
  if (!believed) {
    dump_.doubt = RetryReason::interrupted;
    dump_.device.completeness = Completeness::incomplete;
  }
  return std::move(dump_);
}

}  // namespace wgaudit
