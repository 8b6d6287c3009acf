// Rows of the history, as the daemon writes them. Within a transaction of the caller; false: the
// database's error says why.
#pragma once

#include "audit/history.hpp"
#include "exporter/store/sqlite.hpp"

namespace wgaudit {

class SessionRows {
 public:
  explicit SessionRows(Database& database);
  [[nodiscard]] bool put(const SessionRecord& session);

 private:
  Database& database_;
  Statement end_, put_;
};

class EndpointRows {
 public:
  explicit EndpointRows(Database& database);
  // Of one that is there already `last_seen` alone.
  [[nodiscard]] bool put(const EndpointRecord& endpoint);

 private:
  Statement put_;
};

class FindingHistoryRows {
 public:
  explicit FindingHistoryRows(Database& database);
  // The one that is open, or a new one.
  [[nodiscard]] bool put(const Finding& finding);
  [[nodiscard]] bool close(const ClosedFinding& closed);

 private:
  Database& database_;
  Statement change_, insert_, close_;
};

class KeyRows {
 public:
  explicit KeyRows(Database& database);
  // The stay that goes on, or a new one.
  [[nodiscard]] bool put(const KeyRecord& key);
  // These concern stays that go on alone.
  [[nodiscard]] bool name(const KeyOwner& owner);
  [[nodiscard]] bool rename(const DeviceId& from, const DeviceId& to);

 private:
  Database& database_;
  Statement change_, insert_, name_, rename_;
};

}  // namespace wgaudit
