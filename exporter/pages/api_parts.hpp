// What the answers of the API have in common.
#pragma once

#include <string>
#include <string_view>

#include "exporter/codec/json_writer.hpp"
#include "exporter/pages/api.hpp"
#include "exporter/pages/parameters.hpp"

namespace wgaudit {

inline constexpr std::size_t kMostRows = 1000;  // of a page
inline constexpr std::size_t kRows = 100;       // unless asked otherwise

[[nodiscard]] Page json_page(std::string body, int status = 200);
// {"version", "error", "parameter"}
[[nodiscard]] Page json_error(int status, std::string_view error, std::string_view parameter = "");
[[nodiscard]] Page json_error(const BadParameter& bad);
[[nodiscard]] Page not_polled_yet();

// An answer is begun with what all have; the caller ends it.
void begin_answer(JsonWriter& out, const View& view);
// "next_cursor": null where nothing follows.
void write_cursor(JsonWriter& out, std::string_view cursor);
[[nodiscard]] std::string rfc3339_or_empty(const std::optional<WallTime>& time);

}  // namespace wgaudit
