// Events as JSON lines, from the tables of audit/event.hpp: in the Elastic Common Schema 8.17.0, or
// in the Open Cybersecurity Schema Framework 1.8.0 (table: event_ocsf_table.hpp).
//
// A line is one object, nested, in the order of its table: the time first, then `wireguard` (in
// OCSF `unmapped.wireguard`) with `audit.prev_hash` as its first member where the sink chains its
// lines, then `event.sequence` (`metadata.sequence`). Valid UTF-8, no line break, at most
// kMaxLineBytes: long lists and texts are cut, with count and SHA-256 of the whole list, and
// `wireguard.audit.truncated` (`metadata.is_truncated`).
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.hpp"
#include "exporter/codec/privacy.hpp"

namespace wgaudit {

inline constexpr std::size_t kMaxLineBytes = 7680;

// What every line says of the program and its host.
struct EventOrigin {
  std::string gateway;  // by the name that the inventory uses
  std::string host_name;
  std::string host_id;              // /etc/machine-id; "" where there is none
  std::string version;              // of wgaudit
  Privacy privacy{};                // what lines do not say of people
  std::vector<std::string> tags{};  // ECS tags, OCSF metadata.labels
};

// The one member of an ECS line that is none of fields(), behind them: what the origin calls it.
inline constexpr std::string_view kTagsPath = "tags";

enum class EventFormat : std::uint8_t { ecs, ocsf };
[[nodiscard]] std::optional<EventFormat> parse_event_format(std::string_view name);
[[nodiscard]] std::string_view to_string(EventFormat format);  // "ecs"

// Without a final line break. `prev_hash`: SHA-256 of the line before in hexadecimal, "" = not
// chained.
[[nodiscard]] std::string encode(const Event& event, EventFormat format, const EventOrigin& origin,
                                 std::string_view installation, std::string_view prev_hash = "");
[[nodiscard]] std::string to_ecs(const Event& event, const EventOrigin& origin,
                                 std::string_view installation, std::string_view prev_hash = "");
[[nodiscard]] std::string to_ocsf(const Event& event, const EventOrigin& origin,
                                  std::string_view installation, std::string_view prev_hash = "");

// The first 128 bits of SHA-256(installation ‖ sequence in decimal), 32 hexadecimal digits.
[[nodiscard]] std::string event_id(std::string_view installation, std::uint64_t sequence);

// JSON Schema (draft 2020-12) of every line, and the page of all fields and actions (EVENTS.md).
[[nodiscard]] std::string event_schema();
[[nodiscard]] std::string ocsf_schema();
[[nodiscard]] std::string event_page();

// Of a line that is encoded before the one before it is there, and the hash in its place then.
inline constexpr std::string_view kUnknownHash =
    "0000000000000000000000000000000000000000000000000000000000000000";
// REQUIRES: the line was encoded with kUnknownHash; `hash` has its size.
void set_prev_hash(std::string& line, std::string_view hash);

}  // namespace wgaudit
