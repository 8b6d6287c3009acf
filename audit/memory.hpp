// Memory: what is known from earlier polls. Lives in the poll thread alone; judge() only reads it,
// Memory::apply() is the one way to change it, by a Delta.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/finding.hpp"
#include "audit/view.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit {

// (netns, interface name)
using DeviceId = std::pair<std::string, std::string>;

// A prefix that the last complete polls did not show, and is not yet believed gone.
struct PendingPrefix {
  Cidr prefix;
  BootTime absent_since{};
  friend bool operator==(const PendingPrefix&, const PendingPrefix&) = default;
};

struct PeerMemory {
  Key public_key;
  WallTime first_seen{};
  BootTime first_seen_boot{};
  // Set by the first complete poll of an unbroken run of them without the peer.
  std::optional<BootTime> absent_since;
  std::optional<BootTime> preshared_key_absent_since;
  PresharedKey preshared_key = PresharedKey::absent;  // as believed
  std::uint16_t persistent_keepalive_seconds = 0;
  Endpoint endpoint;           // the last one known
  std::vector<Cidr> prefixes;  // as believed: present, or absent and not settled
  std::vector<PendingPrefix> pending;
  // The newest handshake ever seen, and when it happened by CLOCK_BOOTTIME (may lie before boot).
  WallTime last_handshake{};
  BootTime last_handshake_boot{};
  WallTime raw_handshake{};  // as the last poll had it: 0 after a reset
  bool session_up = false;
  std::uint64_t sessions = 0, endpoint_changes = 0;

  [[nodiscard]] bool last_handshake_known() const { return last_handshake != WallTime{}; }
  friend bool operator==(const PeerMemory&, const PeerMemory&) = default;
};

// A key that is expected on a device and is not there.
struct MissingKey {
  Key public_key;
  BootTime since{};  // the first complete poll of an unbroken run of them without it
  friend bool operator==(const MissingKey&, const MissingKey&) = default;
};

struct DeviceMemory {
  std::shared_ptr<const Device> last;  // as published; never null
  std::vector<PeerMemory> peers;       // by key
  // Set by the first complete listing of an unbroken run of them without the device.
  std::optional<BootTime> absent_since;
  std::optional<BootTime> complete_at;  // the last complete reading
  // Hash of the set of keys of that reading; an absence settles only while it stands still.
  std::uint64_t peer_set = 0;
  std::vector<MissingKey> missing;  // by key
};

// The handshake of a peer that went: a peer that is created anew is not one that never connected.
// Kept for keys of the inventory alone, so that their number is bounded.
struct Departed {
  WallTime last_handshake{};
  BootTime last_handshake_boot{};
};
using DepartedId = std::pair<DeviceId, Key>;

struct FailureMemory {
  BootTime since{};
  std::string why;
  friend bool operator==(const FailureMemory&, const FailureMemory&) = default;
};
// (collector, netns, interface or "")
struct FailureId {
  std::string collector, netns, interface;
  friend auto operator<=>(const FailureId&, const FailureId&) = default;
};

// What one poll teaches. Devices carry only the peers that changed, were added or went.
struct Delta {
  struct DeviceChange {
    DeviceId id;
    std::shared_ptr<const Device> last;
    std::optional<BootTime> absent_since;
    std::optional<BootTime> complete_at;
    std::uint64_t peer_set = 0;
    std::vector<MissingKey> missing;
    std::vector<PeerMemory> changed;  // by key: added or replaced
    std::vector<Key> removed;
  };
  std::vector<std::pair<DeviceId, DeviceId>> renamed;  // from, to; before all else
  std::vector<DeviceChange> devices;
  std::vector<DeviceId> removed_devices;
  std::vector<std::pair<DepartedId, Departed>> departed;
  std::vector<DepartedId> returned;
  std::vector<Finding> findings;  // all that are open after this poll, by identity
  std::map<FailureId, FailureMemory> failures;
  std::vector<SourceHealth> sources;
  std::vector<std::pair<RuleId, Severity>> opened;  // to be counted
};

struct Memory {
  std::map<DeviceId, DeviceMemory> devices;
  std::map<DepartedId, Departed> departed;
  std::vector<Finding> findings;  // by identity
  std::map<FailureId, FailureMemory> failures;
  std::vector<SourceHealth> sources;
  FindingCounts opened_total;
  std::uint64_t polls = 0;

  void apply(Delta delta);
};

}  // namespace wgaudit
