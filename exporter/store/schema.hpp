// The tables of the state database, and the way from an older release's to these.
#pragma once

#include <cstdint>
#include <expected>
#include <span>

#include "exporter/store/sqlite.hpp"

namespace wgaudit {

inline constexpr std::int64_t kApplicationId = 0x57474155;  // "WGAU"

// Classes of the column sessions.span, by length: the longest of each, but for the last.
inline constexpr Duration kSpans[] = {std::chrono::hours{1}, std::chrono::hours{8},
                                      std::chrono::hours{64}, std::chrono::hours{512},
                                      Duration::max()};

// The script at index i leads from user_version i to i + 1; 0 is an empty file. A script that was
// released never changes: a new one is added.
[[nodiscard]] std::span<const char* const> migrations();

struct SchemaError {
  SqlError error;
  bool newer = false;  // written by a newer release, and left as it is
};

// The version of a database of ours; 0: it is empty. Anything else is corrupt.
[[nodiscard]] std::expected<std::int64_t, SqlError> schema_version(Database& database);
// Runs what is missing. REQUIRES: within a transaction, which the caller rolls back on an error.
[[nodiscard]] std::expected<void, SchemaError> migrate(
    Database& database, std::span<const char* const> scripts = migrations());

}  // namespace wgaudit
