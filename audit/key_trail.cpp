#include "audit/key_trail.hpp"

#include <algorithm>
#include <ranges>

namespace wgaudit {
namespace {

using Left = KeyTrail::Left;
using Move = KeyTrail::Move;

// Two devices leave two networks; more are kept for a key that many hold. Of marks a window holds
// no more than matter: some are left when the oldest went.
constexpr std::size_t kKeptNetworks = 8;
constexpr std::size_t kKeptMarks = 16;

template <typename T>
void push_bounded(std::vector<T>& list, T value, std::size_t most) {
  if (list.size() >= most) list.erase(list.begin());
  list.push_back(value);
}

bool within(BootTime then, BootTime now, Duration limit) { return now - then < limit; }

void forget_old(KeyTrail& trail, BootTime now) {
  std::erase_if(trail.left,
                [&](const Left& left) { return !within(left.last_seen, now, kTrailClose); });
  const auto is_old = [&](const Move& mark) { return !within(mark.at, now, kTrailWindow); };
  std::erase_if(trail.handshakes, is_old);
  std::erase_if(trail.returns, is_old);
}

void leave(std::vector<Left>& left, const Cidr& network, BootTime last_seen) {
  std::erase_if(left, [&](const Left& entry) { return entry.network == network; });
  push_bounded(left, {network, last_seen}, kKeptNetworks);
}

// From one network to another. REQUIRES: what is old is forgotten.
void note_move(KeyTrail& trail, const Cidr& from, const Cidr& to, const Sighting& sighting) {
  if (within(sighting.before_at, sighting.at, kTrailClose)) {
    leave(trail.left, from, sighting.before_at);
  }
  const auto latest_first = trail.left | std::views::reverse;
  const auto last = std::ranges::find(latest_first, to.address.family,
                                      [](const Left& left) { return left.network.address.family; });
  if (last == latest_first.end() || last->network == to) return;
  const bool returned = std::ranges::any_of(trail.left, [&](const Left& left) {
    return left.network == to && within(left.last_seen, sighting.at, kTrailReturn);
  });
  if (!returned) return;
  trail.returned = Move{last->network, to, sighting.at};
  push_bounded(trail.returns, *trail.returned, kKeptMarks);
}

// Close to the one before, which was no regular rekeying.
bool is_close(const Sighting& sighting) {
  const auto& before = sighting.gap_before;
  const bool rekeyed = before && *before >= kRekeyedAfter && *before < kRekeyedBefore;
  return sighting.handshake_gap && *sighting.handshake_gap < kTrailClose && !rekeyed;
}

void note_handshake(KeyTrail& trail, const Cidr& to, const Sighting& sighting) {
  const bool close = is_close(sighting);
  const bool elsewhere =
      trail.shaken_from.address.family == to.address.family && trail.shaken_from != to;
  if (close && elsewhere) {
    push_bounded(trail.handshakes, {trail.shaken_from, to, sighting.at}, kKeptMarks);
  } else if (close && trail.returned) {
    push_bounded(trail.handshakes, {trail.returned->from, trail.returned->to, sighting.at},
                 kKeptMarks);
  }
  trail.shaken_from = to;
  trail.returned.reset();
}

// Nothing that could count yet, or be compared with.
bool is_empty(const KeyTrail& trail, const Cidr& network) {
  return trail.left.empty() && trail.handshakes.empty() && trail.returns.empty() &&
         trail.shaken_from == network;
}

std::size_t count_marks(const std::vector<Move>& marks, BootTime now) {
  return static_cast<std::size_t>(std::ranges::count_if(
      marks, [&](const Move& mark) { return within(mark.at, now, kTrailWindow); }));
}

}  // namespace

Cidr network_of(const Address& address) {
  constexpr std::uint8_t kIpv4Bits = 24, kIpv6Bits = 48;
  return masked({address, address.family == Family::ipv4 ? kIpv4Bits : kIpv6Bits});
}

Boxed<KeyTrail> follow(const Boxed<KeyTrail>& trail, const Sighting& sighting) {
  if (!sighting.before.known() || !sighting.now.known()) return trail;
  const Cidr from = network_of(sighting.before.address), to = network_of(sighting.now.address);
  if (!trail && from == to) return trail;
  KeyTrail next;
  next.shaken_from = from;  // without a trail it has not moved since
  if (trail) next = *trail;
  forget_old(next, sighting.at);
  if (from != to) note_move(next, from, to, sighting);
  if (sighting.new_handshake) note_handshake(next, to, sighting);
  if (is_empty(next, to)) return {};
  return Boxed(std::move(next));
}

TrailCount count(const KeyTrail& trail, BootTime now) {
  return {count_marks(trail.handshakes, now), count_marks(trail.returns, now)};
}

std::vector<Cidr> networks_of(const std::vector<KeyTrail::Move>& marks) {
  std::vector<Cidr> networks;
  for (const Move& mark : marks) {
    networks.push_back(mark.from);
    networks.push_back(mark.to);
  }
  std::ranges::sort(networks);
  const auto doubles = std::ranges::unique(networks);
  networks.erase(doubles.begin(), doubles.end());
  return networks;
}

Sharing judge_sharing(const TrailCount& now, Sharing before) {
  if (now.handshakes >= kSharedHandshakes) return Sharing::alternating;
  if (before == Sharing::alternating && now.handshakes > 0) return Sharing::alternating;
  if (now.returns >= kSharedReturns) return Sharing::returning;
  const bool left = now.returns > 0 || now.handshakes > 0;
  return before == Sharing::returning && left ? Sharing::returning : Sharing::none;
}

}  // namespace wgaudit
