#include "exporter/sinks/http_retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace wgaudit {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<unsigned> digits(std::string_view text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

// The form that a sender must use: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<WallTime> parse_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || !text.ends_with(" GMT")) {
    return std::nullopt;
  }
  const auto* month = std::ranges::find(kMonths, text.substr(8, 3));
  const auto day = digits(text.substr(5, 2)), year = digits(text.substr(12, 4));
  const auto hour = digits(text.substr(17, 2)), minute = digits(text.substr(20, 2)),
             second = digits(text.substr(23, 2));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{static_cast<int>(*year)},
      std::chrono::month{static_cast<unsigned>(std::distance(kMonths.begin(), month)) + 1},
      std::chrono::day{*day}};
  if (!date.ok() || *year < 1970 || *year > 2200) return std::nullopt;
  return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{*hour} +
         std::chrono::minutes{*minute} + std::chrono::seconds{*second};
}

}  // namespace

std::optional<Duration> parse_retry_after(std::string_view text, WallTime now) {
  constexpr unsigned kMost = 365 * 86400;
  if (const auto seconds = digits(text)) return std::chrono::seconds{std::min(*seconds, kMost)};
  const auto date = parse_date(text);
  if (!date) return std::nullopt;
  return std::max(Duration{0}, *date - now);
}

}  // namespace wgaudit
