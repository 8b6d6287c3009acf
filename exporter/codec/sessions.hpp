// The history of sessions as people and programs read it. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "audit/memory.hpp"

namespace wgaudit {

// A line a session under a heading; times in UTC. Names of any bytes are made printable.
[[nodiscard]] std::string sessions_table(std::span<const SessionRecord> sessions);

// {"version": 1, "sessions": [{"id", "netns", "interface", "public_key", "principal", "started",
// "start_unknown", "ended": RFC 3339 | null, "end_reason": text | null, "endpoint": "ip:port" |
// null, "received_bytes", "sent_bytes", "unobserved_seconds"}]}. Bytes are null while it runs.
[[nodiscard]] std::string sessions_json(std::span<const SessionRecord> sessions,
                                        std::string_view installation);

}  // namespace wgaudit
