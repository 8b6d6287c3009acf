// What a person sees of a row of the history. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "audit/history.hpp"

namespace wgaudit {

// A line a row under a heading, in columns; times in UTC. Names of any bytes are made printable.
[[nodiscard]] std::string history_table(std::span<const SessionRecord> sessions,
                                        std::string_view installation);
[[nodiscard]] std::string history_table(std::span<const SeenEndpoint> endpoints,
                                        std::string_view installation);
[[nodiscard]] std::string history_table(std::span<const FindingRecord> findings,
                                        std::string_view installation);
[[nodiscard]] std::string history_table(std::span<const KeyRecord> keys,
                                        std::string_view installation);

}  // namespace wgaudit
