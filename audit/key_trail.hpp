// The trail that a key leaves over networks: what tells one key on two devices from one device that
// moves. Values and arithmetic, no I/O.
//
// What the kernel shows. A session belongs to whoever shook hands last; the other device gets no
// answers any more and shakes hands anew 15 s later (KEEPALIVE_TIMEOUT + REKEY_TIMEOUT). So two
// devices that both want something make the handshake time change every 15 s or so, where one alone
// shakes hands once in 120 s. The endpoint follows every packet that still decrypts, and the
// loser's do: a poll shows whoever sent last, which need not be whose handshake it shows. Therefore
// a handshake is "from another network" when the poll that shows it sees another /24 (/48) than the
// one that showed the handshake before, or when the peer was seen to return to a network meanwhile.
//
// A device alone that moves may lose its session with its network, and then shakes hands elsewhere
// soon after it rekeyed, too. That does not count: the handshake before was a regular rekeying, 120
// to 180 s (REKEY_AFTER_TIME, REJECT_AFTER_TIME) after its own predecessor, which in a fight it
// never is.
//
// Networks, because carriers move a device within one; by family, because a device with IPv4 and
// IPv6 alternates between two networks for good. Two devices behind one address, or of which one is
// never heard at a poll, leave no such trail: that cannot be seen.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "audit/boxed.hpp"
#include "collectors/model/cidr.hpp"
#include "collectors/model/endpoint.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

// How long what was seen counts.
inline constexpr Duration kTrailWindow = std::chrono::minutes{10};
// A handshake, or a network seen, is close to the one before when it comes sooner than this.
inline constexpr Duration kTrailClose = std::chrono::seconds{60};
// Back in a network that was left sooner than this: a device that wanders between its networks
// stays longer in each.
inline constexpr Duration kTrailReturn = std::chrono::seconds{30};

// What lies between a regular rekeying and the handshake before, with some room for packets lost.
inline constexpr Duration kRekeyedAfter = std::chrono::seconds{115};
inline constexpr Duration kRekeyedBefore = std::chrono::seconds{185};

// How many in the window it takes.
inline constexpr std::size_t kSharedHandshakes = 4;
inline constexpr std::size_t kSharedReturns = 6;

struct KeyTrail {
  struct Left {
    Cidr network;
    BootTime last_seen{};
    friend bool operator==(const Left&, const Left&) = default;
  };
  struct Move {
    Cidr from, to;
    BootTime at{};  // of the poll that showed it
    friend bool operator==(const Move&, const Move&) = default;
  };
  std::vector<Left> left;        // within the last minute, in the order of leaving
  Cidr shaken_from;              // where the poll that showed the last new handshake saw it
  std::optional<Move> returned;  // the last return since
  std::vector<Move> handshakes;  // close to the one before and from another network
  std::vector<Move> returns;     // to a network that was left a moment ago
  friend bool operator==(const KeyTrail&, const KeyTrail&) = default;
};

// One poll of a peer, and what the poll before showed.
struct Sighting {
  Endpoint before, now;  // unknown ones say nothing
  BootTime before_at{}, at{};
  bool new_handshake = false;
  // From the handshake before to the new one, and from the one before that to it, where known.
  std::optional<Duration> handshake_gap, gap_before;
};

// Absent for a peer that stays where it is: nearly always, for nearly every peer. Bounded.
[[nodiscard]] Boxed<KeyTrail> follow(const Boxed<KeyTrail>& trail, const Sighting& sighting);

// What of the trail lies in the window.
struct TrailCount {
  std::size_t handshakes = 0, returns = 0;
  friend bool operator==(const TrailCount&, const TrailCount&) = default;
};
[[nodiscard]] TrailCount count(const KeyTrail& trail, BootTime now);
// Between which networks it leads, by the marks that are kept; in order, each once.
[[nodiscard]] std::vector<Cidr> networks_of(const std::vector<KeyTrail::Move>& marks);

// As believed before, and now. What opened by handshakes stays until the window holds none, what
// opened by returns until it holds no return.
enum class Sharing : std::uint8_t { none, returning, alternating };
[[nodiscard]] Sharing judge_sharing(const TrailCount& now, Sharing before);

// The /24 or /48 that the address lies in.
[[nodiscard]] Cidr network_of(const Address& address);

}  // namespace wgaudit
