#include "exporter/store/session_rows.hpp"

#include <algorithm>
#include <string_view>

namespace wgaudit {
namespace {

constexpr std::string_view kPut =
    "INSERT OR REPLACE INTO sessions (number, netns, interface, public_key, principal, started,"
    " start_unknown, ended, end_reason, address, port, scope, received, sent, unobserved)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kForget =
    "DELETE FROM sessions WHERE number IN"
    " (SELECT number FROM sessions WHERE ended < ? ORDER BY ended LIMIT ?)";
constexpr std::string_view kSelect =
    "SELECT number, netns, interface, public_key, principal, started, start_unknown, ended,"
    " end_reason, address, port, scope, received, sent, unobserved FROM sessions";

SessionRecord read_session(Columns& row) {
  SessionRecord session;
  session.number = row.counter();
  session.device.first = row.text();
  session.device.second = row.text();
  session.public_key = row.key();
  session.principal = row.text();
  session.started = row.wall();
  session.start_unknown = row.flag();
  session.ended = row.maybe(&Columns::wall);
  session.end_reason = row.text();
  session.endpoint.address = row.address();
  session.endpoint.port = row.narrow<std::uint16_t>();
  session.endpoint.scope_id = row.narrow<std::uint32_t>();
  session.received_bytes = row.counter();
  session.sent_bytes = row.counter();
  session.unobserved = row.duration();
  return session;
}

}  // namespace

SessionRows::SessionRows(Database& database) : put_(database, kPut), forget_(database, kForget) {}

bool SessionRows::forget_before(WallTime time, std::int64_t at_most) {
  return forget_.run({time, at_most});
}

bool SessionRows::put(const SessionRecord& session) {
  const auto& [number, device, public_key, principal, started, start_unknown, ended, end_reason,
               endpoint, received, sent, unobserved] = session;
  const auto& [address, reserved, port, scope] = endpoint;
  return put_.run({number, device.first, device.second, public_key, principal, started,
                   start_unknown, ended, end_reason, address, port, scope, received, sent,
                   unobserved});
}

SessionSelect select_sessions(const SessionQuery& query) {
  SessionSelect select{std::string(kSelect), {}};
  const auto where = [&](std::string_view condition, Bound value) {
    select.sql += select.values.empty() ? " WHERE " : " AND ";
    select.sql += condition;
    select.values.push_back(value);
  };
  if (query.key) where("public_key = ?", *query.key);
  if (!query.principal.empty()) where("principal = ?", query.principal);
  if (query.address) where("address = ?", *query.address);
  if (query.until) where("started <= ?", *query.until);
  if (query.since) where("(ended IS NULL OR ended >= ?)", *query.since);
  // The newest first, for the limit's sake. An index ends in the number: nothing is sorted.
  select.sql += " ORDER BY number DESC";
  if (query.limit != 0) select.sql += " LIMIT " + std::to_string(query.limit);
  return select;
}

std::optional<std::vector<SessionRecord>> read_sessions(Database& database,
                                                        const SessionQuery& query) {
  const SessionSelect select = select_sessions(query);
  Statement statement(database, select.sql);
  std::vector<SessionRecord> sessions;
  statement.start(select.values);
  while (auto row = statement.next()) {
    sessions.push_back(read_session(*row));
    if (!row->sound()) {
      database.note_corrupt("a session that makes no sense");
      return std::nullopt;
    }
  }
  if (database.failed()) return std::nullopt;
  std::ranges::reverse(sessions);
  return sessions;
}

}  // namespace wgaudit
