// What the history keeps: one value a row. Rows are kept after what they tell of has ended, until
// retention takes them. Written in the transaction of the events that tell of the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "audit/finding.hpp"
#include "collectors/model/endpoint.hpp"
#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

// (netns, interface name)
using DeviceId = std::pair<std::string, std::string>;

// One session; written when it begins and when it ends.
struct SessionRecord {
  std::uint64_t number = 0;
  DeviceId device;
  Key public_key;
  std::string principal;
  WallTime started{};
  bool start_unknown = false;
  std::optional<WallTime> ended;
  std::string end_reason;  // "" while it runs
  Endpoint endpoint;       // the last one known
  std::uint64_t received_bytes = 0, sent_bytes = 0;
  Duration unobserved{};
  friend bool operator==(const SessionRecord&, const SessionRecord&) = default;
};

// An outer address that a session was seen from. One row an address: a peer that comes back to it
// goes on with the row that it has.
struct EndpointRecord {
  std::uint64_t session = 0;
  Address address;
  WallTime first_seen{};
  std::optional<WallTime> last_seen;  // absent: the peer is there still
  friend bool operator==(const EndpointRecord&, const EndpointRecord&) = default;
};

// One stay of a key on an interface.
struct KeyRecord {
  DeviceId device;
  Key public_key;
  std::string principal;  // as last known
  WallTime first_seen{};
  std::optional<WallTime> added;      // told by peer-added; absent: it was there at the baseline
  std::optional<WallTime> last_seen;  // at the latest; absent: it is there still
  std::optional<WallTime> removed;    // when its absence was believed
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

// Whose a key is by now, of one that is there.
struct KeyOwner {
  DeviceId device;
  Key public_key;
  std::string principal;
  friend bool operator==(const KeyOwner&, const KeyOwner&) = default;
};

// An open finding that closes.
struct ClosedFinding {
  FindingIdentity identity;
  WallTime closed{};
  std::string reason;  // as in finding-closed: "cause_gone", …
  friend bool operator==(const ClosedFinding&, const ClosedFinding&) = default;
};

// One finding, from its opening to its end.
struct FindingRecord {
  Finding finding;
  std::optional<WallTime> closed;
  std::string close_reason;  // "" while it is open
  friend bool operator==(const FindingRecord&, const FindingRecord&) = default;
};

// An address, and the session that was seen from it.
struct SeenEndpoint {
  EndpointRecord endpoint;
  DeviceId device;
  Key public_key;
  std::string principal;
  friend bool operator==(const SeenEndpoint&, const SeenEndpoint&) = default;
};

// What the history no longer holds.
struct HistoryExtent {
  // All that ended after it is there, but for what was forgotten. Absent: nothing was removed.
  std::optional<WallTime> complete_since;
  std::uint64_t removed = 0;             // rows, by age and size
  std::optional<WallTime> forgotten_at;  // `sessions forget`, the last time
  std::uint64_t forgotten = 0;           // rows
  friend bool operator==(const HistoryExtent&, const HistoryExtent&) = default;
};

}  // namespace wgaudit
