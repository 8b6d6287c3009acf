#include "exporter/store/retention.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/store/schema.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kEnded = "SELECT number AS id, ended AS at FROM sessions WHERE ended";
constexpr std::string_view kClosed = "SELECT id, closed AS at FROM finding_history WHERE closed";
constexpr std::string_view kGone = "SELECT id, removed AS at FROM key_history WHERE removed";

// Those that ended first, not after ?1, ?2 at most: from the index of their ends, which for
// sessions has a part for each class of length.
std::string first_of(std::string_view rows, std::string_view more = "") {
  return "SELECT * FROM (" + std::string(rows) + " <= ?1" + std::string(more) +
         " ORDER BY at LIMIT ?2)";
}
std::string first_sessions() {
  std::string sql;
  for (std::size_t span = 0; span < std::size(kSpans); ++span) {
    if (span != 0) sql += " UNION ALL ";
    sql += first_of(kEnded, " AND span = " + std::to_string(span));
  }
  return sql + " ORDER BY at LIMIT ?2";
}
// When the last of the first ?2 of all tables did so.
std::string oldest_of_all() {
  return "SELECT at FROM (SELECT at FROM (SELECT * FROM (" + first_sessions() + ") UNION ALL " +
         first_of(kClosed) + " UNION ALL " + first_of(kGone) +
         ") ORDER BY at LIMIT ?2) ORDER BY at DESC LIMIT 1";
}

constexpr std::string_view kNote =
    "UPDATE history SET complete_since = max(coalesce(complete_since, ?1), ?1),"
    " removed = removed + ?2";

}  // namespace

Retention::Retention(Database& database)
    : database_(database),
      oldest_(database, oldest_of_all()),
      sessions_(database, first_sessions()),
      findings_(database, first_of(kClosed)),
      keys_(database, first_of(kGone)),
      session_(database, "DELETE FROM sessions WHERE number = ?"),
      finding_(database, "DELETE FROM finding_history WHERE id = ?"),
      key_(database, "DELETE FROM key_history WHERE id = ?"),
      endpoints_(database, "DELETE FROM session_endpoints WHERE session = ?"),
      note_(database, kNote) {}

std::optional<WallTime> Retention::oldest(std::int64_t at_most) {
  oldest_.start({std::numeric_limits<std::int64_t>::max(), at_most});
  auto row = oldest_.next();
  if (!row) return std::nullopt;
  const WallTime time = row->wall();
  oldest_.finish();
  return time;
}

std::uint64_t Retention::remove(Statement& select, Statement& row, WallTime through,
                                std::int64_t at_most, WallTime& newest) {
  std::vector<std::int64_t> rows;
  select.start({through, at_most});
  while (auto found = select.next()) {
    rows.push_back(found->integer());
    newest = std::max(newest, found->wall());
  }
  for (const std::int64_t id : rows) {
    const bool removed = (&row != &session_ || endpoints_.run({id})) && row.run({id});
    if (!removed) return 0;
  }
  return rows.size();
}

std::optional<Removed> Retention::remove(const HistoryLimits& limits, WallTime now,
                                         std::uint64_t other, std::int64_t at_most) {
  const WallTime due = now - limits.kept_for - Duration{1};
  WallTime through = limits.by_age ? due : WallTime{Duration::min()};
  Removed removed;
  if (database_.used_bytes() > limits.bytes + other) {
    const auto time = oldest(at_most);
    removed.early = time && *time > due;
    if (time) through = std::max(through, *time);
  }
  WallTime newest{Duration::min()};
  for (const auto& [select, row] :
       {std::pair{&sessions_, &session_}, {&findings_, &finding_}, {&keys_, &key_}}) {
    removed.rows += remove(*select, *row, through, at_most, newest);
  }
  if (removed.rows != 0 && !note_.run({newest, removed.rows})) return std::nullopt;
  if (database_.failed()) return std::nullopt;
  return removed;
}

}  // namespace wgaudit
