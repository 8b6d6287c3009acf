// Small pieces of HTML that the pages are made of. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/finding.hpp"
#include "audit/history.hpp"
#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"
#include "exporter/codec/query.hpp"

namespace wgaudit {

// A name of any bytes: whatever direction it is written in, what stands beside it keeps its own.
[[nodiscard]] std::string name_html(std::string_view name);
// Of a principal; where names are hidden (--privacy.identity none) the beginning of the key.
[[nodiscard]] std::string principal_text(std::string_view principal, const Key& key);
// <time>: how long ago, the instant itself for machines and beside the pointer.
[[nodiscard]] std::string age_html(WallTime then, WallTime now);
// <time>: the instant, to the second, UTC.
[[nodiscard]] std::string instant_html(WallTime time);
[[nodiscard]] std::string instant_html(const std::optional<WallTime>& time,
                                       std::string_view otherwise);
// A word with a colour, which says nothing that the word does not. `kind` is a class of style.css.
[[nodiscard]] std::string badge(std::string_view kind, std::string_view word);
[[nodiscard]] std::string severity_badge(Severity severity);
[[nodiscard]] std::string link_html(const Query& query, std::string_view path,
                                    const std::string& html, std::string_view attributes = "");
// Where a peer's own page is.
[[nodiscard]] Query peer_query(const DeviceId& device, const Key& key);
// "wg0", "blue:wg0"
[[nodiscard]] std::string place_html(const DeviceId& device);
// 50000 → "50,000"
[[nodiscard]] std::string grouped(std::size_t number);
// <dt> and <dd>; nothing where the cell is empty.
void append_fact(std::string& out, std::string_view name, const std::string& cell);
void append_option(std::string& out, std::string_view value, const std::string& label,
                   std::string_view chosen);
// First, previous, next and last of the pages of a list; nothing where there is one alone.
void append_pages(std::string& out, const Query& query, std::string_view path,
                  std::string_view label, std::size_t page, std::size_t pages);

}  // namespace wgaudit
