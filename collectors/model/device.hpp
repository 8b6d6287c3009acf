// What a collector saw: peers, devices, and how well each source could be read. Values, no I/O.
//
// A Peer is flat, without pointer or padding: it is copied, compared and sent between the processes
// as bytes. Counters are bytes, times nanoseconds. Nothing here can hold a secret key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "collectors/model/cidr.hpp"
#include "collectors/model/endpoint.hpp"
#include "collectors/model/forwarding.hpp"
#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

// Some userspace implementations (boringtun) tell how long ago a handshake was, in whole seconds,
// not when: the time made of it moves by a second or so from poll to poll.
enum class HandshakeClock : std::uint8_t { absolute = 0, elapsed = 1 };

enum class PresharedKey : std::uint8_t { absent = 0, present = 1 };

// One [Peer] (include/uapi/linux/wireguard.h, WGPEER_A_*).
struct Peer {
  Key public_key;
  WallTime last_handshake{};  // epoch: never
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  Endpoint endpoint;
  std::uint32_t prefix_offset = 0;  // into Device::prefixes
  std::uint32_t prefix_count = 0;
  std::uint16_t persistent_keepalive_seconds = 0;  // 0: off
  PresharedKey preshared_key = PresharedKey::absent;
  HandshakeClock handshake_clock = HandshakeClock::absolute;
  std::array<std::uint8_t, 4> reserved{};

  [[nodiscard]] bool has_handshake() const { return last_handshake != WallTime{}; }
  friend bool operator==(const Peer&, const Peer&) = default;
};
static_assert(std::is_trivially_copyable_v<Peer>);
static_assert(std::has_unique_object_representations_v<Peer>);
static_assert(std::has_unique_object_representations_v<Cidr>);

enum class CollectorKind : std::uint8_t { netlink = 0, uapi = 1, dump = 2 };
inline constexpr std::size_t kCollectorKinds = 3;
[[nodiscard]] std::string_view to_string(CollectorKind kind);

enum class Implementation : std::uint8_t { kernel = 0, userspace = 1, unknown = 2 };
[[nodiscard]] std::string_view to_string(Implementation implementation);

// IFLA_STATS64 of the link, since it was created.
struct LinkCounters {
  std::uint64_t received_bytes = 0, received_packets = 0, received_errors = 0, received_drops = 0;
  std::uint64_t sent_bytes = 0, sent_packets = 0, sent_errors = 0, sent_drops = 0;
  friend bool operator==(const LinkCounters&, const LinkCounters&) = default;
};

struct Link {
  std::uint32_t index = 0;  // ifindex
  std::uint32_t mtu_bytes = 0;
  bool up = false;  // IFF_UP
  LinkCounters counters;
  friend bool operator==(const Link&, const Link&) = default;
};

// Whether a dump is known to be whole. An incomplete one proves presence, never absence.
enum class Completeness : std::uint8_t { complete = 0, incomplete = 1 };

struct Device {
  std::string netns;  // "" = the exporter's own; else the label it was asked for by
  std::string name;   // any bytes that the kernel takes; escape wherever printed
  CollectorKind collector = CollectorKind::netlink;
  Implementation implementation = Implementation::kernel;
  Completeness completeness = Completeness::complete;
  std::uint64_t netns_device = 0, netns_inode = 0;  // (st_dev, st_ino); 0 where not known
  std::optional<Key> public_key;
  std::uint16_t listen_port = 0;         // 0: none yet
  std::uint32_t firewall_mark = 0;       // 0: off
  std::optional<Link> link;              // absent: no such link was found
  std::optional<Forwarding> forwarding;  // absent: not asked for, or nothing that can say
  BootTime observed_at{};                // when its dump ended
  std::vector<Peer> peers;               // sorted by key, unique
  std::vector<Cidr> prefixes;            // each peer's are consecutive and sorted

  [[nodiscard]] std::span<const Cidr> prefixes_of(const Peer& peer) const {
    return std::span{prefixes}.subspan(peer.prefix_offset, peer.prefix_count);
  }
  [[nodiscard]] const Peer* find(const Key& key) const;
  friend bool operator==(const Device&, const Device&) = default;
};

// Sorts peers by key and each peer's prefixes, and rebuilds `prefixes` without gaps.
// REQUIRES: no two peers with one key.
void normalize(Device& device);

enum class SourceStatus : std::uint8_t {
  complete = 0,    // listed whole; every device in it was tried
  incomplete = 1,  // listed, but a listing or a dump stayed interrupted
  failed = 2,      // could not be read: nothing is concluded
  absent = 3,      // the namespace that was asked for does not exist: neither do its devices
};

enum class RetryReason : std::uint8_t {
  interrupted = 0,   // NLM_F_DUMP_INTR, or dumps that differ by peers that come back
  inconsistent = 1,  // a peer twice, or a fragment without its peer
  truncated = 2,     // MSG_TRUNC, or a message cut short
  timed_out = 3,
  error = 4,  // an error of the kernel or the socket
};
inline constexpr std::size_t kRetryReasons = 5;
[[nodiscard]] std::string_view to_string(RetryReason reason);

// How reading one (collector, namespace) went.
struct SourceResult {
  CollectorKind collector = CollectorKind::netlink;
  std::string netns;
  SourceStatus status = SourceStatus::complete;
  std::string why;  // for failed, absent, incomplete: "Operation not permitted"
  Duration duration{};
  std::array<std::uint32_t, kRetryReasons> retries{};  // tries beyond the first, this poll
  // False for dumps of single interfaces: of the others they say nothing.
  bool lists_all = true;
  friend bool operator==(const SourceResult&, const SourceResult&) = default;
};

// A device that is listed and could not be read; its last good state is neither renewed nor ended.
struct DeviceFailure {
  CollectorKind collector = CollectorKind::netlink;
  std::string netns;
  std::string name;
  std::string why;
  friend bool operator==(const DeviceFailure&, const DeviceFailure&) = default;
};

// One poll. `devices` sorted by (netns, name), unique.
struct Observation {
  BootTime begun{}, ended{};
  std::vector<SourceResult> sources;
  std::vector<Device> devices;
  std::vector<DeviceFailure> failures;
  bool child_restarted = false;  // the collector child died since the poll before
  bool memory_locked = true;     // false: mlock(2) was refused, key bytes could reach swap
  friend bool operator==(const Observation&, const Observation&) = default;
};

}  // namespace wgaudit
