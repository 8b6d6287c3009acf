#include "exporter/store/history_select.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string_view>

#include "exporter/store/memory_rows.hpp"
#include "exporter/store/schema.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kSessionColumns =
    "SELECT s.number, s.netns, s.interface, s.public_key, s.principal, s.started, s.start_unknown,"
    " s.ended, s.end_reason, s.address, s.port, s.scope, s.received, s.sent, s.unobserved";
constexpr std::string_view kEndpointColumns =
    "SELECT s.number, s.netns, s.interface, s.public_key, s.principal, e.address, e.first_seen,"
    " e.last_seen";
constexpr std::string_view kFindingColumns =
    "SELECT h.rule, h.netns, h.interface, h.public_key, h.subject, h.severity, h.principal, "
    "h.since,"
    " h.detail, h.accepted, h.evidence, h.closed, h.close_reason FROM finding_history AS h";
constexpr std::string_view kKeyColumns =
    "SELECT h.netns, h.interface, h.public_key, h.principal, h.first_seen, h.added, h.last_seen,"
    " h.removed FROM key_history AS h";

// Sessions that ran at some time between are those that started in it, and those that ran when it
// began: by the class of their length, for only around that time can such a one have ended. From
// indexes alone; a row is looked up only of those that are shown.
constexpr std::string_view kStarted =
    "SELECT number, started FROM sessions INDEXED BY sessions_by_start"
    " WHERE started >= ? AND started <= ?";
constexpr std::string_view kRunning =
    "SELECT number, started FROM sessions INDEXED BY sessions_by_span"
    " WHERE span IS NULL AND ended IS NULL AND started < ? AND started <= ?";
constexpr std::string_view kEndedSoon =
    "SELECT number, started FROM sessions INDEXED BY sessions_by_span"
    " WHERE span = ? AND ended >= ? AND ended <= ? AND started < ? AND started <= ?";

constexpr WallTime kEarliest{Duration{std::numeric_limits<std::int64_t>::min()}};
constexpr WallTime kLatest{Duration{std::numeric_limits<std::int64_t>::max()}};

class Builder {
 public:
  explicit Builder(std::string_view columns) { select_.sql = columns; }
  void add(std::string_view sql) { select_.sql += sql; }
  void bind(Bound value) { select_.values.push_back(value); }
  void where(std::string_view condition, Bound value) {
    add(conditions_++ == 0 ? " WHERE " : " AND ");
    add(condition);
    bind(value);
  }
  void limit(std::size_t rows) {
    if (rows != 0) add(" LIMIT " + std::to_string(rows));
  }
  // A span of time that a row tells of.
  void overlap(const SessionQuery& query, std::string_view starts, std::string_view ends) {
    if (query.until) where(std::string(starts) + " <= ?", *query.until);
    if (!query.since) return;
    where("(" + std::string(ends) + " IS NULL OR " + std::string(ends) + " >= ?)", *query.since);
  }
  HistorySelect take() { return std::move(select_); }

 private:
  HistorySelect select_;
  int conditions_ = 0;
};

bool by_who(const SessionQuery& query) {
  return query.key || !query.principal.empty() || query.device;
}

void where_who(Builder& select, const SessionQuery& query, std::string_view table) {
  const std::string of = std::string(table) + '.';
  if (query.key) select.where(of + "public_key = ?", *query.key);
  if (!query.principal.empty()) select.where(of + "principal = ?", query.principal);
  if (query.device) select.where(of + "netns = ?", query.device->first);
  if (query.device) select.where(of + "interface = ?", query.device->second);
}

void where_behind(Builder& select, const SessionQuery& query) {
  if (!query.behind) return;
  select.where("s.started <= ?", query.behind->started);
  select.where("(s.started < ?", query.behind->started);
  select.add(" OR s.number < ?)");
  select.bind(query.behind->number);
}

std::string_view newest_first(const SessionQuery& query) {
  return query.behind ? " ORDER BY s.started DESC, s.number DESC" : " ORDER BY s.number DESC";
}

// The newest `limit` of `sql`, by their start.
void add_part(Builder& select, std::string_view sql, std::initializer_list<Bound> values,
              const SessionQuery& query, std::size_t limit) {
  select.add("SELECT * FROM (");
  select.add(sql);
  for (const Bound& value : values) select.bind(value);
  if (query.behind) {
    select.add(" AND (started < ? OR number < ?)");
    select.bind(query.behind->started);
    select.bind(query.behind->number);
  }
  if (limit != 0) select.add(" ORDER BY started DESC, number DESC");
  select.limit(limit);
  select.add(")");
}

void from_time(Builder& select, const SessionQuery& query, std::size_t limit) {
  const WallTime since = query.since.value_or(kEarliest);
  const WallTime last_start = query.behind ? query.behind->started : kLatest;
  const WallTime until = std::min(query.until.value_or(kLatest), last_start);
  select.add(" FROM (SELECT number FROM (");
  add_part(select, kStarted, {since, until}, query, limit);
  if (query.since) {
    select.add(" UNION ALL ");
    add_part(select, kRunning, {since, until}, query, limit);
    for (std::size_t span = 0; span < std::size(kSpans); ++span) {
      const WallTime last = since < kLatest - kSpans[span] ? since + kSpans[span] : kLatest;
      select.add(" UNION ALL ");
      add_part(select, kEndedSoon, {span, since, last, since, until}, query, limit);
    }
  }
  select.add(")");
  if (limit != 0) select.add(" ORDER BY started DESC, number DESC");
  select.limit(limit);
  select.add(") AS t CROSS JOIN sessions AS s ON s.number = t.number");
}

HistorySelect select_about(std::string_view columns, const SessionQuery& query,
                           std::string_view starts, std::string_view ends) {
  Builder select(columns);
  where_who(select, query, "h");
  select.overlap(query, starts, ends);
  select.add(" ORDER BY h.id DESC");
  select.limit(query.limit);
  return select.take();
}

SessionRecord session_of(Columns& row) {
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

SeenEndpoint endpoint_of(Columns& row) {
  SeenEndpoint seen;
  seen.endpoint.session = row.counter();
  seen.device.first = row.text();
  seen.device.second = row.text();
  seen.public_key = row.key();
  seen.principal = row.text();
  seen.endpoint.address = row.address();
  seen.endpoint.first_seen = row.wall();
  seen.endpoint.last_seen = row.maybe(&Columns::wall);
  return seen;
}

FindingRecord finding_of(Columns& row) {
  FindingRecord record;
  record.finding = read_finding(row);
  record.closed = row.maybe(&Columns::wall);
  record.close_reason = row.text();
  return record;
}

KeyRecord key_of(Columns& row) {
  KeyRecord key;
  key.device.first = row.text();
  key.device.second = row.text();
  key.public_key = row.key();
  key.principal = row.text();
  key.first_seen = row.wall();
  key.added = row.maybe(&Columns::wall);
  key.last_seen = row.maybe(&Columns::wall);
  key.removed = row.maybe(&Columns::wall);
  return key;
}

template <typename Row>
std::optional<std::vector<Row>> read_rows(Database& database, const HistorySelect& select,
                                          Row (*read)(Columns&)) {
  Statement statement(database, select.sql);
  std::vector<Row> rows;
  statement.start(select.values);
  while (auto row = statement.next()) {
    rows.push_back(read(*row));
    if (!row->sound()) {
      database.note_corrupt("a row of the history that makes no sense");
      return std::nullopt;
    }
  }
  if (database.failed()) return std::nullopt;
  return std::vector<Row>(std::make_move_iterator(rows.rbegin()),
                          std::make_move_iterator(rows.rend()));
}

}  // namespace

HistorySelect select_sessions(const SessionQuery& query) {
  Builder select(kSessionColumns);
  if (!by_who(query) && query.address) {
    select.add(" FROM session_endpoints AS e CROSS JOIN sessions AS s ON s.number = e.session");
    select.where("e.address = ?", *query.address);
    select.overlap(query, "s.started", "s.ended");
    where_behind(select, query);
    select.add(query.behind ? newest_first(query) : " ORDER BY e.session DESC");
  } else if (!by_who(query) && (query.since || query.until)) {
    from_time(select, query, query.limit);
    select.add(newest_first(query));
  } else {
    select.add(" FROM sessions AS s");
    where_who(select, query, "s");
    if (query.address) {
      select.where(
          "EXISTS (SELECT 1 FROM session_endpoints AS e WHERE e.session = s.number"
          " AND e.address = ?)",
          *query.address);
    }
    select.overlap(query, "s.started", "s.ended");
    where_behind(select, query);
    select.add(newest_first(query));
  }
  select.limit(query.limit);
  return select.take();
}

HistorySelect select_endpoints(const SessionQuery& query) {
  constexpr std::string_view kJoin = " CROSS JOIN session_endpoints AS e ON e.session = s.number";
  Builder select(kEndpointColumns);
  if (!by_who(query) && query.address) {
    select.add(" FROM session_endpoints AS e CROSS JOIN sessions AS s ON s.number = e.session");
  } else if (!by_who(query) && (query.since || query.until)) {
    from_time(select, query, 0);
    select.add(kJoin);
  } else {
    select.add(" FROM sessions AS s");
    select.add(kJoin);
  }
  where_who(select, query, "s");
  if (query.address) select.where("e.address = ?", *query.address);
  select.overlap(query, "e.first_seen", "e.last_seen");
  select.add(" ORDER BY s.number DESC, e.first_seen DESC, e.address DESC");
  select.limit(query.limit);
  return select.take();
}

HistorySelect select_findings(const SessionQuery& query) {
  return select_about(kFindingColumns, query, "h.since", "h.closed");
}

HistorySelect select_keys(const SessionQuery& query) {
  return select_about(kKeyColumns, query, "h.first_seen", "h.last_seen");
}

std::optional<std::vector<SessionRecord>> read_sessions(Database& database,
                                                        const SessionQuery& query) {
  return read_rows(database, select_sessions(query), &session_of);
}

std::optional<std::vector<SeenEndpoint>> read_endpoints(Database& database,
                                                        const SessionQuery& query) {
  return read_rows(database, select_endpoints(query), &endpoint_of);
}

std::optional<std::vector<FindingRecord>> read_findings(Database& database,
                                                        const SessionQuery& query) {
  auto findings = read_rows(database, select_findings(query), &finding_of);
  if (findings) {
    std::erase_if(*findings, [](const FindingRecord& record) {
      return !is_known(record.finding.identity.rule);
    });
  }
  return findings;
}

std::optional<std::vector<KeyRecord>> read_keys(Database& database, const SessionQuery& query) {
  return read_rows(database, select_keys(query), &key_of);
}

std::optional<HistoryExtent> read_extent(Database& database) {
  Statement statement(database,
                      "SELECT complete_since, removed, forgotten_at, forgotten FROM history");
  statement.start();
  auto row = statement.next();
  HistoryExtent extent;
  if (row) {
    extent.complete_since = row->maybe(&Columns::wall);
    extent.removed = row->counter();
    extent.forgotten_at = row->maybe(&Columns::wall);
    extent.forgotten = row->counter();
  }
  if (!database.failed() && (!row || !row->sound())) {
    database.note_corrupt("it does not say how far its history goes");
  }
  if (database.failed()) return std::nullopt;
  return extent;
}

}  // namespace wgaudit
