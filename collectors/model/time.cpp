#include "collectors/model/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace wgaudit {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Takes exactly `width` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  // WallTime counts nanoseconds in 64 bits: 1678 to 2261.
  if (!date.ok() || *year < 1678 || *year > 2261) return std::nullopt;
  return std::chrono::sys_days{date};
}

std::optional<Duration> take_time_of_day(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  Duration time = hours{*hour} + minutes{*minute} + seconds{*second};
  if (take(text, '.')) {
    std::int64_t scale = 100'000'000;
    std::size_t digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      time += Duration{(text.front() - '0') * scale};
      scale /= 10;
      ++digits;
      text.remove_prefix(1);
    }
    if (digits == 0 || digits > 9) return std::nullopt;
  }
  return time;
}

std::optional<Duration> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return Duration{0};
  const bool negative = !text.empty() && text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  const Duration offset = hours{*hour} + minutes{*minute};
  return negative ? -offset : offset;
}

struct Unit {
  std::string_view name;
  Duration length;
};
// Largest first; Prometheus counts a year as 365 days.
constexpr std::array<Unit, 7> kUnits{{{"y", days{365}},
                                      {"w", days{7}},
                                      {"d", days{1}},
                                      {"h", hours{1}},
                                      {"m", minutes{1}},
                                      {"s", seconds{1}},
                                      {"ms", milliseconds{1}}}};

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  if (text.empty()) return WallTime{*date};
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto time = take_time_of_day(text);
  if (!time) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return WallTime{*date} + *time - *offset;
}

std::string to_rfc3339(WallTime time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<milliseconds>(time - day)};
  std::string text = "0000-00-00T00:00:00.000Z";
  // An event has several of them: printf would cost more than all else about it.
  const auto put = [&](std::size_t end, std::size_t digits, auto number) {
    auto left = static_cast<unsigned>(number);
    for (std::size_t i = 0; i < digits; ++i, left /= 10) {
      text[end - 1 - i] = static_cast<char>('0' + left % 10);
    }
  };
  put(4, 4, static_cast<int>(date.year()));  // 1677 to 2262: what nanoseconds reach
  put(7, 2, static_cast<unsigned>(date.month()));
  put(10, 2, static_cast<unsigned>(date.day()));
  put(13, 2, clock.hours().count());
  put(16, 2, clock.minutes().count());
  put(19, 2, clock.seconds().count());
  put(23, 3, clock.subseconds().count());
  return text;
}

double to_seconds(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }
double to_seconds(WallTime time) { return to_seconds(time.time_since_epoch()); }

WallTime from_timespec(std::int64_t secs, std::int64_t nanoseconds) {
  constexpr std::int64_t kMaxSeconds = std::numeric_limits<std::int64_t>::max() / 1'000'000'000 - 1;
  if (secs > kMaxSeconds) return WallTime{seconds{kMaxSeconds}};
  if (secs < -kMaxSeconds) return WallTime{seconds{-kMaxSeconds}};
  if (nanoseconds < 0 || nanoseconds > 999'999'999) nanoseconds = 0;
  return WallTime{seconds{secs} + Duration{nanoseconds}};
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{0};
  if (text.empty()) return std::nullopt;
  Duration total{0};
  std::size_t next_unit = 0;
  while (!text.empty()) {
    std::int64_t count = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || text.front() == '-') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    const Duration unit = kUnits[next_unit++].length;
    if (count > (Duration::max() - total) / unit) return std::nullopt;
    total += unit * count;
    text.remove_prefix(name.size());
  }
  return total;
}

std::string to_string(Duration duration) {
  if (duration < milliseconds{1}) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    // Weeks and years only where they come out even: "30d" reads better than "4w2d".
    const bool coarse = unit.length > days{1};
    if (coarse && duration % unit.length != Duration{0}) continue;
    const auto count = duration / unit.length;
    if (count == 0) continue;
    text += std::to_string(count);
    text += unit.name;
    duration -= unit.length * count;
  }
  return text;
}

}  // namespace wgaudit
