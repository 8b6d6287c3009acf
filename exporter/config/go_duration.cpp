#include "exporter/config/go_duration.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace wgaudit {
namespace {

struct Unit {
  std::string_view name;
  double nanoseconds;
};
// The longer of two that begin alike first.
constexpr Unit kUnits[] = {{"ns", 1},   {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3},
                           {"ms", 1e6}, {"s", 1e9},  {"m", 60e9}, {"h", 3600e9}};
constexpr double kLongest = 9.2e18;

bool is_number_char(char c) { return (c >= '0' && c <= '9') || c == '.'; }

}  // namespace

std::optional<Duration> parse_go_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  const bool bare = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  double sum = 0;
  while (!text.empty()) {
    double number = 0;
    if (!is_number_char(text.front())) return std::nullopt;
    const auto [rest, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    double unit = 1;
    if (!bare) {
      const auto* found =
          std::ranges::find_if(kUnits, [&](const Unit& u) { return text.starts_with(u.name); });
      if (found == std::end(kUnits)) return std::nullopt;
      text.remove_prefix(found->name.size());
      unit = found->nanoseconds;
    }
    sum += number * unit;
    if (!(sum < kLongest)) return std::nullopt;
  }
  return Duration{static_cast<Duration::rep>(negative ? -sum : sum)};
}

}  // namespace wgaudit
