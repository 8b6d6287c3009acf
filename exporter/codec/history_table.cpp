#include "exporter/codec/history_table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "audit/rules.hpp"
#include "collectors/model/text.hpp"
#include "exporter/codec/event_ids.hpp"
#include "exporter/codec/privacy.hpp"

namespace wgaudit {
namespace {

using Row = std::vector<std::string>;

// "2026-08-01 12:00:00": a table needs no more.
std::string short_time(WallTime time) {
  std::string text = to_rfc3339(time).substr(0, 19);
  std::ranges::replace(text, 'T', ' ');
  return text;
}
std::string time_or(const std::optional<WallTime>& time, const char* without) {
  return time ? short_time(*time) : without;
}
std::string text_or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string size_text(std::uint64_t bytes) {
  constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) value /= 1024, ++unit;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text;
}

std::string place_of(const DeviceId& device) {
  const auto& [netns, name] = device;
  return text_or_dash(to_printable(netns.empty() ? name : netns + ':' + name));
}

Row row_of(const SessionRecord& session, std::string_view) {
  const bool ended = session.ended.has_value();
  return {(session.start_unknown ? "<" : "") + short_time(session.started),
          time_or(session.ended, "running"),
          to_printable(session.principal),
          place_of(session.device),
          text_or_dash(endpoint_text(session.endpoint)),
          ended ? size_text(session.received_bytes) : "-",
          ended ? size_text(session.sent_bytes) : "-",
          text_or_dash(session.end_reason)};
}

Row row_of(const SeenEndpoint& seen, std::string_view installation) {
  return {short_time(seen.endpoint.first_seen),
          time_or(seen.endpoint.last_seen, "still"),
          to_printable(seen.principal),
          place_of(seen.device),
          text_or_dash(to_string(seen.endpoint.address)),
          session_id(installation, seen.endpoint.session)};
}

Row row_of(const FindingRecord& record, std::string_view) {
  const auto& [identity, severity, principal, since, detail, accepted, evidence] = record.finding;
  return {short_time(since),
          time_or(record.closed, accepted ? "accepted" : "open"),
          std::string(to_string(severity)),
          std::string(rule_info(identity.rule).name),
          text_or_dash(to_printable(principal)),
          place_of({identity.netns, identity.interface}),
          text_or_dash(record.close_reason),
          to_printable(detail)};
}

Row row_of(const KeyRecord& key, std::string_view) {
  return {short_time(key.first_seen), time_or(key.last_seen, "still"), to_printable(key.principal),
          place_of(key.device),       to_string(key.public_key),       time_or(key.added, "-"),
          time_or(key.removed, "-")};
}

// Characters, not bytes: a continuation byte of UTF-8 takes no column.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string columns_of(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

template <typename Record>
std::string table_of(Row heading, std::span<const Record> records, std::string_view installation) {
  std::vector<Row> rows{std::move(heading)};
  for (const Record& record : records) rows.push_back(row_of(record, installation));
  return columns_of(rows);
}

}  // namespace

std::string history_table(std::span<const SessionRecord> sessions, std::string_view installation) {
  return table_of(
      {"STARTED", "ENDED", "PRINCIPAL", "INTERFACE", "ENDPOINT", "RECEIVED", "SENT", "REASON"},
      sessions, installation);
}
std::string history_table(std::span<const SeenEndpoint> endpoints, std::string_view installation) {
  return table_of({"FIRST SEEN", "LAST SEEN", "PRINCIPAL", "INTERFACE", "ADDRESS", "SESSION"},
                  endpoints, installation);
}
std::string history_table(std::span<const FindingRecord> findings, std::string_view installation) {
  return table_of(
      {"SINCE", "CLOSED", "SEVERITY", "RULE", "PRINCIPAL", "INTERFACE", "REASON", "DETAIL"},
      findings, installation);
}
std::string history_table(std::span<const KeyRecord> keys, std::string_view installation) {
  return table_of(
      {"FIRST SEEN", "LAST SEEN", "PRINCIPAL", "INTERFACE", "PUBLIC KEY", "ADDED", "REMOVED"}, keys,
      installation);
}

}  // namespace wgaudit
