#include "exporter/store/retention.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace wgaudit {
namespace {

// When the row after which `at_most` have ended did so: the newest of the slice that goes.
constexpr std::string_view kOldest =
    "SELECT ended FROM ("
    "SELECT * FROM (SELECT ended FROM sessions WHERE ended IS NOT NULL ORDER BY ended LIMIT ?1)"
    " UNION ALL SELECT * FROM"
    " (SELECT closed FROM finding_history WHERE closed IS NOT NULL ORDER BY closed LIMIT ?1)"
    " UNION ALL SELECT * FROM"
    " (SELECT removed FROM key_history WHERE removed IS NOT NULL ORDER BY removed LIMIT ?1)"
    " ORDER BY 1 LIMIT ?1) ORDER BY 1 DESC LIMIT 1";
constexpr std::string_view kSessions =
    "SELECT number, ended FROM sessions WHERE ended <= ? ORDER BY ended LIMIT ?";
constexpr std::string_view kFindings =
    "SELECT id, closed FROM finding_history WHERE closed <= ? ORDER BY closed LIMIT ?";
constexpr std::string_view kKeys =
    "SELECT id, removed FROM key_history WHERE removed <= ? ORDER BY removed LIMIT ?";
constexpr std::string_view kNote =
    "UPDATE history SET complete_since = max(coalesce(complete_since, ?1), ?1),"
    " removed = removed + ?2";

}  // namespace

Retention::Retention(Database& database)
    : database_(database),
      oldest_(database, kOldest),
      sessions_(database, kSessions),
      findings_(database, kFindings),
      keys_(database, kKeys),
      session_(database, "DELETE FROM sessions WHERE number = ?"),
      finding_(database, "DELETE FROM finding_history WHERE id = ?"),
      key_(database, "DELETE FROM key_history WHERE id = ?"),
      endpoints_(database, "DELETE FROM session_endpoints WHERE session = ?"),
      note_(database, kNote) {}

std::optional<WallTime> Retention::oldest(std::int64_t at_most) {
  oldest_.start({at_most});
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
  WallTime through = now - limits.kept_for - Duration{1};
  Removed removed;
  if (database_.used_bytes() > limits.bytes + other) {
    const auto time = oldest(at_most);
    removed.early = time && *time > through;
    if (removed.early) through = *time;
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
