#include "exporter/store/history_rows.hpp"

#include <string_view>

namespace wgaudit {
namespace {

constexpr std::string_view kPutSession =
    "INSERT OR REPLACE INTO sessions (number, netns, interface, public_key, principal, started,"
    " start_unknown, ended, end_reason, address, port, scope, received, sent, unobserved)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
// The end of one that is as it began, which is nearly every one: to replace the row would write
// the pages of all its indexes again.
constexpr std::string_view kEndSession =
    "UPDATE sessions SET netns = ?2, interface = ?3, started = ?6, start_unknown = ?7, ended = ?8,"
    " end_reason = ?9, address = ?10, port = ?11, scope = ?12, received = ?13, sent = ?14,"
    " unobserved = ?15 WHERE number = ?1 AND public_key = ?4 AND principal = ?5";

constexpr std::string_view kPutEndpoint =
    "INSERT INTO session_endpoints (session, address, first_seen, last_seen) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (session, address) DO UPDATE SET last_seen = excluded.last_seen";

constexpr std::string_view kChangeFinding =
    "UPDATE finding_history SET severity = ?6, principal = ?7, since = ?8, detail = ?9,"
    " accepted = ?10, evidence = ?11 WHERE rule = ?1 AND netns = ?2 AND interface = ?3 AND "
    "public_key = ?4"
    " AND subject = ?5 AND closed IS NULL";
constexpr std::string_view kInsertFinding =
    "INSERT INTO finding_history (rule, netns, interface, public_key, subject, severity, principal,"
    " since, detail, accepted, evidence, close_reason)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')";
constexpr std::string_view kCloseFinding =
    "UPDATE finding_history SET closed = ?6, close_reason = ?7 WHERE rule = ?1 AND netns = ?2"
    " AND interface = ?3 AND public_key = ?4 AND subject = ?5 AND closed IS NULL";

constexpr std::string_view kChangeKey =
    "UPDATE key_history SET principal = ?4, last_seen = ?7, removed = ?8"
    " WHERE netns = ?1 AND interface = ?2 AND public_key = ?3 AND removed IS NULL";
constexpr std::string_view kInsertKey =
    "INSERT INTO key_history (netns, interface, public_key, principal, first_seen, added,"
    " last_seen, removed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kNameKey =
    "UPDATE key_history SET principal = ?4 WHERE netns = ?1 AND interface = ?2 AND public_key = ?3"
    " AND removed IS NULL AND principal <> ?4";
// Who has the name keeps it.
constexpr std::string_view kRenameKeys =
    "UPDATE OR IGNORE key_history SET netns = ?3, interface = ?4 WHERE netns = ?1"
    " AND interface = ?2 AND removed IS NULL";

Bound key_or_empty(const std::optional<Key>& key) { return key ? Bound(*key) : Bound(Blob{}); }

}  // namespace

SessionRows::SessionRows(Database& database)
    : database_(database), end_(database, kEndSession), put_(database, kPutSession) {}

bool SessionRows::put(const SessionRecord& session) {
  const auto& [number, device, public_key, principal, started, start_unknown, ended, end_reason,
               endpoint, received, sent, unobserved] = session;
  const auto& [address, reserved, port, scope] = endpoint;
  const std::initializer_list<Bound> values = {
      number,     device.first, device.second, public_key, principal, started, start_unknown, ended,
      end_reason, address,      port,          scope,      received,  sent,    unobserved};
  if (ended && (!end_.run(values) || database_.changes() != 0)) return !database_.failed();
  return put_.run(values);
}

EndpointRows::EndpointRows(Database& database) : put_(database, kPutEndpoint) {}

bool EndpointRows::put(const EndpointRecord& endpoint) {
  const auto& [session, address, first_seen, last_seen] = endpoint;
  return put_.run({session, address, first_seen, last_seen});
}

FindingHistoryRows::FindingHistoryRows(Database& database)
    : database_(database),
      change_(database, kChangeFinding),
      insert_(database, kInsertFinding),
      close_(database, kCloseFinding) {}

bool FindingHistoryRows::put(const Finding& finding) {
  const auto& [identity, severity, principal, since, detail, accepted, evidence] = finding;
  const std::initializer_list<Bound> values = {identity.rule,
                                               identity.netns,
                                               identity.interface,
                                               key_or_empty(identity.public_key),
                                               identity.subject,
                                               severity,
                                               principal,
                                               since,
                                               detail,
                                               accepted,
                                               evidence};
  if (!change_.run(values)) return false;
  return database_.changes() != 0 || insert_.run(values);
}

bool FindingHistoryRows::close(const ClosedFinding& closed) {
  const FindingIdentity& identity = closed.identity;
  return close_.run({identity.rule, identity.netns, identity.interface,
                     key_or_empty(identity.public_key), identity.subject, closed.closed,
                     closed.reason});
}

KeyRows::KeyRows(Database& database)
    : database_(database),
      change_(database, kChangeKey),
      insert_(database, kInsertKey),
      name_(database, kNameKey),
      rename_(database, kRenameKeys) {}

bool KeyRows::put(const KeyRecord& key) {
  const auto& [device, public_key, principal, first_seen, added, last_seen, removed] = key;
  const std::initializer_list<Bound> values = {device.first, device.second, public_key, principal,
                                               first_seen,   added,         last_seen,  removed};
  if (!change_.run(values)) return false;
  return database_.changes() != 0 || insert_.run(values);
}

bool KeyRows::name(const KeyOwner& owner) {
  return name_.run({owner.device.first, owner.device.second, owner.public_key, owner.principal});
}

bool KeyRows::rename(const DeviceId& from, const DeviceId& to) {
  return rename_.run({from.first, from.second, to.first, to.second});
}

}  // namespace wgaudit
