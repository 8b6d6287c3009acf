#include "exporter/codec/history.hpp"

#include <algorithm>
#include <utility>

#include "collectors/model/text.hpp"
#include "exporter/codec/history_members.hpp"
#include "exporter/codec/history_table.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

std::string csv_quoted(std::string text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_cell(const MemberValue& value) {
  return std::visit(Overloaded{[](std::monostate) { return std::string(); },
                               [](OuterName name) { return csv_name(name.bytes); },
                               [](const std::string& text) { return csv_quoted(text); },
                               [](std::uint64_t number) { return std::to_string(number); },
                               [](bool flag) { return std::string(flag ? "true" : "false"); },
                               [](WallTime time) { return to_rfc3339(time); }},
                    value);
}

template <typename Cell>
void add_csv_line(std::string& text, const Members& members, Cell cell) {
  bool first = true;
  for (const Member& member : members) {
    if (!std::exchange(first, false)) text += ',';
    text += cell(member);
  }
  text += "\r\n";
}

template <typename Record>
std::string csv_of(std::span<const Record> records, std::string_view installation) {
  std::string text;
  add_csv_line(text, members_of(Record{}, installation),
               [](const Member& member) { return std::string(member.name); });
  for (const Record& record : records) {
    add_csv_line(text, members_of(record, installation),
                 [](const Member& member) { return csv_cell(member.value); });
  }
  return text;
}

void write_value(JsonWriter& json, const MemberValue& value) {
  std::visit(Overloaded{[&](std::monostate) { json.null(); },
                        [&](OuterName name) { json.text(name.bytes); },
                        [&](const std::string& text) { json.text(text); },
                        [&](std::uint64_t number) { json.number(number); },
                        [&](bool flag) { json.boolean(flag); },
                        [&](WallTime time) { json.text(to_rfc3339(time)); }},
             value);
}

void write_members(JsonWriter& json, const Members& members) {
  json.begin_object(JsonWriter::Layout::inline_);
  for (const auto& [key, value] : members) {
    json.key(key);
    write_value(json, value);
  }
  json.end_object();
}

std::string time_text(const std::optional<WallTime>& time) { return time ? to_rfc3339(*time) : ""; }

template <typename Record>
std::string json_of(std::string_view name, std::span<const Record> records,
                    const HistoryOrigin& origin) {
  JsonWriter json;
  json.begin_object();
  json.number("version", 1);
  write_extent(json, origin.extent);
  json.key(name);
  json.begin_array();
  for (const Record& record : records) {
    write_members(json, members_of(record, origin.installation));
  }
  json.end_array();
  json.end_object();
  return json.take();
}

template <typename Record>
std::string text_of(std::string_view name, std::span<const Record> records, HistoryForm form,
                    const HistoryOrigin& origin) {
  switch (form) {
    case HistoryForm::table:
      return history_table(records, origin.installation);
    case HistoryForm::json:
      return json_of(name, records, origin);
    case HistoryForm::csv:
      return csv_of(records, origin.installation);
  }
  return "";
}

}  // namespace

std::optional<HistoryForm> parse_history_form(std::string_view text) {
  constexpr std::pair<std::string_view, HistoryForm> kForms[] = {
      {"table", HistoryForm::table}, {"json", HistoryForm::json}, {"csv", HistoryForm::csv}};
  for (const auto& [name, form] : kForms) {
    if (name == text) return form;
  }
  return std::nullopt;
}

// OWASP, "CSV Injection": a cell that begins so is calculated where it is opened. Tabs and line
// ends, which are on that list too, are escaped before.
constexpr std::string_view kFormulas[] = {"=", "+", "-", "@", "＝", "＋", "－", "＠"};

std::string csv_name(std::string_view bytes) {
  std::string text = to_printable(bytes);
  const bool formula = std::ranges::any_of(
      kFormulas, [&](std::string_view begin) { return text.starts_with(begin); });
  if (formula) text.insert(0, 1, '\'');
  return csv_quoted(std::move(text));
}

void write_extent(JsonWriter& json, const HistoryExtent& extent) {
  json.key("history");
  json.begin_object(JsonWriter::Layout::inline_);
  json.text_or_null("complete_since", time_text(extent.complete_since));
  json.number("removed_rows", extent.removed);
  json.text_or_null("forgotten_at", time_text(extent.forgotten_at));
  json.number("forgotten_rows", extent.forgotten);
  json.end_object();
}

void write_row(JsonWriter& json, const SessionRecord& session, std::string_view installation) {
  write_members(json, members_of(session, installation));
}

std::string history_text(std::span<const SessionRecord> sessions, HistoryForm form,
                         const HistoryOrigin& origin) {
  return text_of("sessions", sessions, form, origin);
}
std::string history_text(std::span<const SeenEndpoint> endpoints, HistoryForm form,
                         const HistoryOrigin& origin) {
  return text_of("endpoints", endpoints, form, origin);
}
std::string history_text(std::span<const FindingRecord> findings, HistoryForm form,
                         const HistoryOrigin& origin) {
  return text_of("findings", findings, form, origin);
}
std::string history_text(std::span<const KeyRecord> keys, HistoryForm form,
                         const HistoryOrigin& origin) {
  return text_of("keys", keys, form, origin);
}

}  // namespace wgaudit
