// Sessions and events, from the state database.
#include <array>
#include <limits>

#include "collectors/model/number.hpp"
#include "exporter/codec/history.hpp"
#include "exporter/pages/api_parts.hpp"
#include "exporter/pages/cursor.hpp"
#include "exporter/pages/parameters.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMostEvents = 500;  // 7,680 bytes each at most
constexpr std::string_view kBadCursor = "not one of an answer of this path";

std::string cursor_of(const SessionRecord& session) {
  return encode_cursor(
      {std::to_string(session.started.time_since_epoch().count()), std::to_string(session.number)});
}

Checked<SessionPosition> session_position(const Query& query) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::string_view text = query["cursor"];
  if (text.empty()) return SessionPosition{WallTime{Duration{kMost}}, kMost};
  const auto fields = decode_cursor(text);
  const std::unexpected<BadParameter> bad({"cursor", std::string(kBadCursor)});
  if (!fields || fields->size() != 2) return bad;
  const auto started = parse_number<std::int64_t>((*fields)[0]),
             number = parse_number<std::int64_t>((*fields)[1]);
  if (!started || !number || *number < 0) return bad;
  return SessionPosition{WallTime{Duration{*started}}, static_cast<std::uint64_t>(*number)};
}

Checked<std::uint64_t> event_position(const Query& query) {
  const std::string_view text = query["cursor"];
  if (text.empty()) return 0;
  const auto fields = decode_cursor(text);
  const auto sequence =
      fields && fields->size() == 1 ? parse_number<std::int64_t>((*fields)[0]) : std::nullopt;
  if (!sequence || *sequence < 1) {
    return std::unexpected(BadParameter{"cursor", std::string(kBadCursor)});
  }
  return static_cast<std::uint64_t>(*sequence);
}

// What the history no longer holds is said with what it holds.
void begin_history(JsonWriter& out, const PageRequest& request, const HistoryAnswer& answer) {
  out.begin_object();
  out.number("version", 1);
  out.text("generated_at", to_rfc3339(request.source->now()));
  out.text("gateway", request.source->origin.gateway);
  write_extent(out, answer.extent);
}

}  // namespace

Page api_sessions(const PageRequest& request) {
  constexpr std::array<std::string_view, 8> kNames{"limit",   "cursor",    "principal", "key",
                                                   "address", "interface", "since",     "until"};
  const Query& query = request.query;
  if (const auto known = allow_only(query, kNames); !known) return json_error(known.error());
  const Privacy& privacy = request.source->origin.privacy;
  auto asked = session_query_of(query, request.source->now(), privacy);
  if (!asked) return json_error(asked.error());
  const auto limit = number_of(query, "limit", kMostRows, kRows);
  if (!limit) return json_error(limit.error());
  const auto position = session_position(query);
  if (!position) return json_error(position.error());
  asked->limit = *limit + 1;
  asked->behind = *position;

  const auto answer = request.source->history({.sessions = *asked});
  if (!answer) return json_error(503, answer.error().message());
  JsonWriter out;
  begin_history(out, request, *answer);
  out.key("sessions");
  out.begin_array();
  const std::size_t count = std::min(answer->sessions.size(), *limit);
  for (std::size_t i = 0; i < count; ++i) {
    write_row(out, shown(answer->sessions[i], privacy), answer->installation);
  }
  out.end_array();
  const bool more = answer->sessions.size() > count;
  write_cursor(out, more ? cursor_of(answer->sessions[count - 1]) : "");
  out.end_object();
  return json_page(out.take());
}

Page api_events(const PageRequest& request) {
  constexpr std::array<std::string_view, 8> kNames{"limit",     "cursor", "action", "min_severity",
                                                   "interface", "key",    "since",  "until"};
  const Query& query = request.query;
  if (const auto known = allow_only(query, kNames); !known) return json_error(known.error());
  auto asked = event_query_of(query, request.source->now());
  if (!asked) return json_error(asked.error());
  const auto limit = number_of(query, "limit", kMostEvents, kRows);
  if (!limit) return json_error(limit.error());
  const auto position = event_position(query);
  if (!position) return json_error(position.error());
  asked->limit = *limit + 1;
  asked->before = *position;

  const auto answer = request.source->history({.events = *asked});
  if (!answer) return json_error(503, answer.error().message());
  JsonWriter out;
  begin_history(out, request, *answer);
  out.key("events");
  out.begin_array();
  const std::size_t shown = std::min(answer->events.size(), *limit);
  for (std::size_t i = 0; i < shown; ++i) {
    out.verbatim(to_ecs(answer->events[i], request.source->origin, answer->installation));
  }
  out.end_array();
  const bool more = answer->events.size() > shown;
  write_cursor(out,
               more ? encode_cursor({std::to_string(answer->events[shown - 1].sequence)}) : "");
  out.end_object();
  return json_page(out.take());
}

}  // namespace wgaudit
