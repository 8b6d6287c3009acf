// The history as people (table) and programs (JSON, CSV) read it: sessions, the addresses that they
// were seen from, findings, stays of keys. The forms are described in exporter/store/HISTORY.md.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "audit/history.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {

enum class HistoryForm : std::uint8_t { table, json, csv };
[[nodiscard]] std::optional<HistoryForm> parse_history_form(std::string_view text);

// Whose history it is, and what is no longer in it.
struct HistoryOrigin {
  std::string installation;
  HistoryExtent extent;
};

[[nodiscard]] std::string history_text(std::span<const SessionRecord> sessions, HistoryForm form,
                                       const HistoryOrigin& origin);
[[nodiscard]] std::string history_text(std::span<const SeenEndpoint> endpoints, HistoryForm form,
                                       const HistoryOrigin& origin);
[[nodiscard]] std::string history_text(std::span<const FindingRecord> findings, HistoryForm form,
                                       const HistoryOrigin& origin);
[[nodiscard]] std::string history_text(std::span<const KeyRecord> keys, HistoryForm form,
                                       const HistoryOrigin& origin);

// Members of an answer: what the history no longer holds; a session.
void write_extent(JsonWriter& json, const HistoryExtent& extent);
void write_row(JsonWriter& json, const SessionRecord& session, std::string_view installation);

// A cell of CSV whose bytes are not ours: printable, quoted where RFC 4180 asks for it, and with an
// apostrophe before what a spreadsheet would take for a formula.
[[nodiscard]] std::string csv_name(std::string_view bytes);

}  // namespace wgaudit
