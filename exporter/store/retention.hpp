// What leaves the history: the oldest of what has ended. What goes on is never removed: sessions
// that run, findings that are open, keys that are there.
#pragma once

#include <cstdint>
#include <optional>

#include "exporter/store/sqlite.hpp"

namespace wgaudit {

struct HistoryLimits {
  Duration kept_for{};
  std::uint64_t bytes = 0;  // of pages in use
  bool by_age = true;       // false: no wall clock to tell it by
};

struct Removed {
  std::uint64_t rows = 0;
  bool early = false;  // for the size's sake
};

class Retention {
 public:
  explicit Retention(Database& database);
  // What ended longest ago and is beyond the limits: of each table so many rows at most. `other`:
  // bytes in use that are no history. Within a transaction of the caller, which removes, adds and
  // remembers as a whole; nullopt: the database's error.
  [[nodiscard]] std::optional<Removed> remove(const HistoryLimits& limits, WallTime now,
                                              std::uint64_t other, std::int64_t at_most);

 private:
  std::optional<WallTime> oldest(std::int64_t at_most);
  // Of one table; moves `newest` on to the end of the newest row that went.
  std::uint64_t remove(Statement& select, Statement& row, WallTime through, std::int64_t at_most,
                       WallTime& newest);

  Database& database_;
  Statement oldest_;
  Statement sessions_, findings_, keys_;  // selects
  Statement session_, finding_, key_;     // deletes
  Statement endpoints_;
  Statement note_;
};

}  // namespace wgaudit
