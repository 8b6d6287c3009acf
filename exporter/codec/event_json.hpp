// Events as JSON lines in the Elastic Common Schema 8.17.0, from the tables of audit/event.hpp.
//
// A line is one object, nested, in the order of the field table: `@timestamp` first, then
// `wireguard` with `audit.prev_hash` as its first member (where the sink chains its lines), then
// `event` with `sequence` first. Valid UTF-8, no line break, at most kMaxLineBytes: long lists and
// texts are cut, with count and SHA-256 of the whole list, and `wireguard.audit.truncated`.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/event.hpp"

namespace wgaudit {

inline constexpr std::size_t kMaxLineBytes = 7680;

// What every line says of the program and its host.
struct EventOrigin {
  std::string gateway;  // by the name that the inventory uses
  std::string host_name;
  std::string host_id;  // /etc/machine-id; "" where there is none
  std::string version;  // of wgaudit
};

// Without a final line break. `prev_hash`: SHA-256 of the line before in hexadecimal, "" = not
// chained.
[[nodiscard]] std::string to_ecs(const Event& event, const EventOrigin& origin,
                                 std::string_view installation, std::string_view prev_hash = "");

// The first 128 bits of SHA-256(installation ‖ sequence in decimal), 32 hexadecimal digits.
[[nodiscard]] std::string event_id(std::string_view installation, std::uint64_t sequence);

// JSON Schema (draft 2020-12) of every line, and the page of all fields and actions (EVENTS.md).
[[nodiscard]] std::string event_schema();
[[nodiscard]] std::string event_page();

}  // namespace wgaudit
