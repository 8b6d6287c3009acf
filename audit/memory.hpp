// Memory: what is known from earlier polls. Lives in the poll thread alone; judge() only reads it.
// It changes by a Delta alone: apply() once the store has committed it, learn() until then.
//
//   memory.observe(step.delta);
//   if (store.commit(step)) memory.apply(step.delta); else memory.learn(step.delta);
//
// Told memory is what an event or a surviving counter came from. It is committed in one transaction
// with those events, so that a change is announced exactly once, however long a disk is full.
// Learned memory (timers, the last handshake, bytes) moves on with every poll and is written in
// rotation. What is pending (absences that are not settled) is of this run alone.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/absences.hpp"
#include "audit/event.hpp"
#include "audit/finding.hpp"
#include "audit/history.hpp"
#include "audit/inventory.hpp"
#include "audit/key_trail.hpp"
#include "audit/prefix_index.hpp"
#include "audit/traffic_level.hpp"
#include "audit/view.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit {

// A session that runs.
struct SessionMemory {
  std::uint64_t number = 0;    // within the installation, from 1
  WallTime started{};          // its first handshake
  bool start_unknown = false;  // it ran when the peer was first seen
  bool announced = false;      // its session-started was delivered, or start_unknown
  friend bool operator==(const SessionMemory&, const SessionMemory&) = default;
};

// A limit on events of one kind about one key: 25 at once, one more each 5 minutes (SPEC §6). Holds
// the time at which the bucket would be full again.
struct Throttle {
  BootTime full_at{};
  friend bool operator==(const Throttle&, const Throttle&) = default;
};
struct Suppressed {
  std::uint32_t sessions_started = 0, sessions_ended = 0, endpoints_changed = 0;
  WallTime first{}, last{};
  BootTime first_boot{};
  [[nodiscard]] bool any() const {
    return sessions_started + sessions_ended + endpoints_changed > 0;
  }
  friend bool operator==(const Suppressed&, const Suppressed&) = default;
};

struct PeerTold {
  PresharedKey preshared_key = PresharedKey::absent;  // as believed
  std::uint16_t persistent_keepalive_seconds = 0;
  Endpoint endpoint;           // the last one known
  std::vector<Cidr> prefixes;  // as believed: present, or absent and not settled
  std::optional<SessionMemory> session;
  std::uint64_t sessions = 0, endpoint_changes = 0;
  std::uint64_t added_sequence = 0;  // of its peer-added event; 0: it was there at the baseline
  Throttle session_throttle, endpoint_throttle;
  Suppressed suppressed;
  friend bool operator==(const PeerTold&, const PeerTold&) = default;
};

struct PeerLearned {
  WallTime first_seen{};
  BootTime first_seen_boot{};  // may lie before boot
  // The newest handshake ever seen, and when it happened by CLOCK_BOOTTIME (may lie before boot).
  WallTime last_handshake{};
  BootTime last_handshake_boot{};
  WallTime raw_handshake{};  // as the last poll had it: 0 after a reset
  // Counters at the start of the session, less what a reset took away (modulo 2^64).
  std::uint64_t session_received_base = 0, session_sent_base = 0;
  Duration session_unobserved{};
  friend bool operator==(const PeerLearned&, const PeerLearned&) = default;
};

// A prefix that the last complete polls did not show, and is not yet believed gone.
struct PendingPrefix {
  Cidr prefix;
  BootTime absent_since{};
  friend bool operator==(const PendingPrefix&, const PendingPrefix&) = default;
};
struct PeerPending {
  // Set by the first complete poll of an unbroken run of them without the peer.
  std::optional<BootTime> absent_since;
  std::optional<BootTime> preshared_key_absent_since;
  std::vector<PendingPrefix> prefixes;
  friend bool operator==(const PeerPending&, const PeerPending&) = default;
};

// What the rules that look at several polls saw lately, of this run.
struct PeerRecent {
  Boxed<KeyTrail> trail;
  std::optional<Duration> handshake_gap;  // between the last new handshake and the one before
  TrafficWatch traffic;
  friend bool operator==(const PeerRecent&, const PeerRecent&) = default;
};

struct PeerMemory {
  Key public_key;
  bool is_told = false;  // false: seen, and not committed yet
  PeerTold told;
  PeerLearned learned;
  TrafficLevel traffic;  // learned, where traffic_anomaly is on
  PeerPending pending;
  PeerRecent recent;

  [[nodiscard]] bool last_handshake_known() const { return learned.last_handshake != WallTime{}; }
  [[nodiscard]] bool session_up() const { return told.session.has_value(); }
  friend bool operator==(const PeerMemory&, const PeerMemory&) = default;
};

struct DeviceTold {
  CollectorKind collector = CollectorKind::netlink;
  Implementation implementation = Implementation::kernel;
  std::uint64_t netns_device = 0, netns_inode = 0;
  std::optional<std::uint32_t> link_index;
  std::optional<Key> public_key;
  std::uint16_t listen_port = 0;
  std::uint32_t firewall_mark = 0;
  friend bool operator==(const DeviceTold&, const DeviceTold&) = default;
};

struct DeviceMemory {
  bool is_told = false;
  DeviceTold told;
  std::shared_ptr<const Device> last;  // as published; never null
  std::vector<PeerMemory> peers;       // by key
  bool read_in_run = false;            // some poll of this run has been committed with it
  // Set by the first complete listing of an unbroken run of them without the device.
  std::optional<BootTime> absent_since;
  std::optional<BootTime> key_absent_since;  // its own key: an interface that is being set up
  std::optional<BootTime> complete_at;       // the last complete reading, of this run
  // Since when it has been read without a gap, in this run.
  std::optional<BootTime> watched_since;
  // Hash of the set of keys of that reading; an absence settles only while it stands still.
  std::uint64_t peer_set = 0;
  std::vector<Absence> absences;                    // by what is absent
  std::shared_ptr<const PrefixIndex> prefix_index;  // of `last`; null: none yet
};

// The handshake of a peer that went: a peer that is created anew is not one that never connected.
// Kept for keys of the inventory alone, so that their number is bounded.
struct Departed {
  WallTime last_handshake{};
  BootTime last_handshake_boot{};
  friend bool operator==(const Departed&, const Departed&) = default;
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

enum class BaselineReason : std::uint8_t {
  first_run,
  state_lost,
  state_rolled_back,
  state_corrupt
};
[[nodiscard]] std::string_view to_string(BaselineReason reason);  // "state_lost"

// What was told of everything that is no peer, interface or finding.
struct ProgramTold {
  bool baseline = false;  // a baseline is established
  bool clean_stop = false;
  std::string boot_id;               // of the boot that boot times are of
  std::uint64_t sequence = 0;        // of the last event
  std::uint64_t session_number = 0;  // of the last session
  // The inventory that was told of last, and the one that was rejected since; "" = none.
  std::string inventory_sha256, inventory_rejected;
  BootTime heartbeat_at{};          // the last one, or the start
  std::uint32_t snapshot_slot = 0;  // of the day's rotation, told last
  Duration clock_offset{};          // CLOCK_REALTIME - CLOCK_BOOTTIME
  friend bool operator==(const ProgramTold&, const ProgramTold&) = default;
};

// What one poll changes. Devices carry only the peers that changed, were added or went.
struct Delta {
  struct PeerChange {
    PeerMemory peer;     // as it is after the poll
    bool tells = false;  // `told` differs from what is committed
  };
  struct DeviceChange {
    DeviceId id;
    std::optional<DeviceTold> told;  // where it differs from what is committed
    std::shared_ptr<const Device> last;
    std::optional<BootTime> absent_since, key_absent_since, complete_at, watched_since;
    std::uint64_t peer_set = 0;
    std::vector<Absence> absences;
    std::shared_ptr<const PrefixIndex> prefix_index;
    std::vector<PeerChange> changed;  // by key: added or replaced
    std::vector<Key> removed;         // tells, for those that are told
  };
  std::uint64_t poll = 0;                              // number of the poll, from 1
  std::vector<std::pair<DeviceId, DeviceId>> renamed;  // from, to; before all else. Tells
  std::vector<DeviceChange> devices;
  std::vector<DeviceId> removed_devices;  // tells
  std::vector<std::pair<DepartedId, Departed>> departed;
  std::vector<DepartedId> returned;
  // All that are open after this poll, by identity; of them those that a commit writes, and those
  // that went.
  std::vector<Finding> findings;
  std::vector<Finding> findings_changed;
  std::vector<ClosedFinding> findings_closed;
  std::vector<FindingIdentity> announced;  // opened, by identity
  // For the history alone. Sessions by number; of endpoints and keys a later one replaces an
  // earlier one.
  std::vector<SessionRecord> sessions;
  std::vector<EndpointRecord> endpoints;
  std::vector<KeyRecord> keys;
  std::vector<KeyOwner> key_owners;  // after `keys`
  ProgramTold program;
  bool clock_stepped = false;
  std::shared_ptr<const Inventory> inventory;  // told of by this poll; null: none
  // Of the oldest events that the outbox has no room for: all up to this sequence; 0: none.
  std::uint64_t drop_through = 0;
  // Of this run alone.
  std::map<FailureId, FailureMemory> failures;
  std::map<DeviceId, BootTime> absent_interfaces;
  std::vector<SourceHealth> sources;
  std::vector<std::pair<RuleId, Severity>> opened;  // noticed first by this poll, to be counted
};

struct Memory {
  std::map<DeviceId, DeviceMemory> devices;
  std::map<DepartedId, Departed> departed;
  std::vector<Finding> findings;  // committed, by identity
  ProgramTold program;
  std::shared_ptr<const Inventory> inventory;  // told of last; null: none yet

  // Of this run.
  std::uint64_t polls = 0;
  bool started = false;  // exporter-started is committed
  BaselineReason baseline_reason = BaselineReason::first_run;
  std::optional<WallTime> alive_before;  // when the run before was last known to run
  // Noticed and not committed: since when, so that `since` stands still while a disk is full.
  std::map<FindingIdentity, WallTime> unannounced;
  std::map<FailureId, FailureMemory> failures;
  // Interfaces of this gateway's entry that are not there: the first complete listing of an
  // unbroken run of them without it.
  std::map<DeviceId, BootTime> absent_interfaces;
  std::vector<SourceHealth> sources;
  FindingCounts opened_total;  // noticed in this run

  // What is of this run alone. Once a poll, before one of the others.
  void observe(const Delta& delta);
  // REQUIRES: the delta is committed, or there is no store. Where polls went on meanwhile, what
  // they learned stays.
  void apply(Delta delta);
  // All but what tells: that will be found again by the next poll.
  void learn(Delta delta);
  // What `before`, which had no store, knew of this run.
  void adopt_run(Memory&& before);
};

// Counters that survive restarts, as committed by now.
void show_committed(View& view, const Memory& memory);

// Boot times of another boot are moved into this one by the wall clock.
void carry_over(Memory& memory, const Now& now);

}  // namespace wgaudit
