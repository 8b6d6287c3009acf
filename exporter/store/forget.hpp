// Takes a principal out of the history, beside the running daemon or after it.
//
// Rows: of that name, and of its keys as long as they were nobody's by the inventory; likewise the
// events that a receiver refused, which nobody waits for. What goes on stays, for the daemon works
// with it: a session that runs, an open finding, a key that is there. Events of the outbox are not
// touched: it has no gap, and what was delivered is elsewhere.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "collectors/model/error.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

struct ForgottenRows {
  std::uint64_t sessions = 0, endpoints = 0, findings = 0, keys = 0, dead_events = 0;
  [[nodiscard]] std::uint64_t all() const {
    return sessions + endpoints + findings + keys + dead_events;
  }
  friend bool operator==(const ForgottenRows&, const ForgottenRows&) = default;
};

struct Forgotten {
  ForgottenRows removed;     // or that would be
  ForgottenRows kept;        // they go on
  std::uint64_t events = 0;  // about its keys, in the outbox
  // Rows are gone, and their bytes may still be in the files: why.
  std::string remains;
  std::vector<std::string> aside;  // databases that were moved aside, not looked into
};

// REQUIRES: no other thread makes temporary files of SQLite; `principal` is not empty.
[[nodiscard]] std::expected<Forgotten, Error> forget_principal(const std::string& directory,
                                                               const std::string& principal,
                                                               bool dry_run, WallTime now);

}  // namespace wgaudit
