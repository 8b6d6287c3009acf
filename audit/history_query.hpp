// What may be asked of the past, and the answer. Values, no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/event.hpp"
#include "audit/history.hpp"

namespace wgaudit {

// Where a list of sessions goes on, the newest first: behind the one that started then.
struct SessionPosition {
  WallTime started{};
  std::uint64_t number = 0;
  friend bool operator==(const SessionPosition&, const SessionPosition&) = default;
};

struct SessionQuery {
  std::string principal{};  // "" = all
  std::optional<Key> key{};
  std::optional<Address> address{};          // outer, at any time of the session
  std::optional<WallTime> since{}, until{};  // what was at some time between
  std::size_t limit = 0;                     // the newest; 0 = all
  // Of sessions: the newest by their start, those behind it alone. Absent: the newest by number.
  std::optional<SessionPosition> behind{};
  std::optional<DeviceId> device{};
};

// Of the events that the outbox still has.
struct EventQuery {
  std::optional<Action> action{};
  std::optional<Severity> at_least{};
  std::optional<DeviceId> device{};
  std::optional<Key> key{};
  std::optional<WallTime> since{}, until{};
  std::uint64_t before = 0;  // sequence; 0: from the newest on
  std::size_t limit = 0;     // REQUIRES: not 0
};

// Several questions that are answered from one state of the database.
struct HistoryRequest {
  std::optional<SessionQuery> sessions{}, endpoints{}, findings{};
  std::optional<EventQuery> events{};
};
struct HistoryAnswer {
  std::string installation;
  HistoryExtent extent;
  // The newest first.
  std::vector<SessionRecord> sessions{};
  std::vector<SeenEndpoint> endpoints{};
  std::vector<FindingRecord> findings{};
  std::vector<Event> events{};
};

}  // namespace wgaudit
