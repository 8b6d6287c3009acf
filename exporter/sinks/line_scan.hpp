// What a line of a segment says of itself, without parsing it: a bounded scan of its structure,
// that takes any bytes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "audit/event.hpp"
#include "collectors/model/time.hpp"
#include "exporter/codec/event_json.hpp"

namespace wgaudit {

// Whether the text is one JSON object from its first byte to its last: strings and brackets close,
// and the last byte is the one that closes the first.
[[nodiscard]] bool is_whole_object(std::string_view text);

// The value at the path of member names with dots between, as it is written; nullopt where there is
// none, or the text before it is no object.
[[nodiscard]] std::optional<std::string_view> find_value(std::string_view object,
                                                         std::string_view path);

// The value of a field; a text without its quotes. nullopt where there is none, or it is no text
// without escapes, number or list of such texts.
[[nodiscard]] std::optional<std::string_view> find_text(std::string_view line, Field field);
[[nodiscard]] std::optional<std::uint64_t> find_number(std::string_view line, Field field);
[[nodiscard]] std::optional<std::vector<std::string_view>> find_texts(std::string_view line,
                                                                      Field field);
[[nodiscard]] bool says_true(std::string_view line, Field field);
[[nodiscard]] std::optional<WallTime> find_time(std::string_view line);  // when the line is of

enum class LineKind : std::uint8_t { event, segment_opened, checkpoint, segments_removed };

// A line that has the shape of ours, in ECS or OCSF. What it points to is the line's.
struct OwnLine {
  EventFormat format = EventFormat::ecs;
  std::string_view installation;
  std::string_view prev_hash;  // 64 digits
  LineKind kind = LineKind::event;
  // Of the event; of a first line the one that is expected next; of the other lines without one 0.
  std::uint64_t sequence = 0;
};
[[nodiscard]] std::optional<OwnLine> read_own_line(std::string_view line);

}  // namespace wgaudit
