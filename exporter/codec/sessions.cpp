#include "exporter/codec/sessions.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "collectors/model/text.hpp"
#include "exporter/codec/event_ids.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kColumns = 8;
using Row = std::array<std::string, kColumns>;

// "2026-08-01 12:00:00": a table needs no more.
std::string short_time(WallTime time) {
  std::string text = to_rfc3339(time).substr(0, 19);
  std::ranges::replace(text, 'T', ' ');
  return text;
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) value /= 1024, ++unit;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string place_of(const SessionRecord& session) {
  const auto& [netns, name] = session.device;
  return to_printable(netns.empty() ? name : netns + ':' + name);
}

std::string end_of(const SessionRecord& session) {
  return session.ended ? short_time(*session.ended) : "running";
}

Row row_of(const SessionRecord& session) {
  Row row{(session.start_unknown ? "<" : "") + short_time(session.started),
          end_of(session),
          to_printable(session.principal),
          place_of(session),
          session.endpoint.known() ? to_string(session.endpoint) : "-",
          "-",
          "-",
          session.end_reason.empty() ? "-" : session.end_reason};
  if (session.ended) {
    row[5] = size_text(session.received_bytes);
    row[6] = size_text(session.sent_bytes);
  }
  return row;
}

// Characters, not bytes: a continuation byte of UTF-8 takes no column.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void number_or_null(JsonWriter& json, std::string_view name, bool known, std::uint64_t value) {
  if (known) {
    json.number(name, value);
  } else {
    json.null(name);
  }
}

}  // namespace

std::string sessions_table(std::span<const SessionRecord> sessions) {
  std::vector<Row> rows{
      {"STARTED", "ENDED", "PRINCIPAL", "INTERFACE", "ENDPOINT", "RECEIVED", "SENT", "REASON"}};
  for (const SessionRecord& session : sessions) rows.push_back(row_of(session));
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      text += row[i];
      if (i + 1 < kColumns) text.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

std::string sessions_json(std::span<const SessionRecord> sessions, std::string_view installation) {
  JsonWriter json;
  json.begin_object();
  json.number("version", 1);
  json.key("sessions");
  json.begin_array();
  for (const SessionRecord& session : sessions) {
    json.begin_object(JsonWriter::Layout::inline_);
    json.text("id", session_id(installation, session.number));
    json.text("netns", session.device.first);
    json.text("interface", session.device.second);
    json.text("public_key", to_string(session.public_key));
    json.text("principal", session.principal);
    json.text("started", to_rfc3339(session.started));
    json.boolean("start_unknown", session.start_unknown);
    json.text_or_null("ended", session.ended ? to_rfc3339(*session.ended) : "");
    json.text_or_null("end_reason", session.end_reason);
    json.text_or_null("endpoint", session.endpoint.known() ? to_string(session.endpoint) : "");
    number_or_null(json, "received_bytes", session.ended.has_value(), session.received_bytes);
    number_or_null(json, "sent_bytes", session.ended.has_value(), session.sent_bytes);
    json.number("unobserved_seconds",
                static_cast<std::uint64_t>(
                    std::chrono::duration_cast<std::chrono::seconds>(session.unobserved).count()));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace wgaudit
