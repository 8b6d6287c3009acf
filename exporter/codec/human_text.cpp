#include "exporter/codec/human_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace wgaudit {

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f " : "%.1f ", value);
  return text + std::string(kUnits[unit]);
}

std::string span_text(Duration span) {
  auto rounded = std::chrono::floor<std::chrono::seconds>(std::max(span, Duration::zero()));
  if (rounded >= std::chrono::days{1}) {
    rounded = std::chrono::floor<std::chrono::hours>(rounded);
  } else if (rounded >= std::chrono::hours{1}) {
    rounded = std::chrono::floor<std::chrono::minutes>(rounded);
  }
  return rounded.count() == 0 ? "0s" : to_string(Duration{rounded});
}

std::string age_text(WallTime then, WallTime now) {
  if (now - then < std::chrono::seconds{1}) return "just now";
  return span_text(now - then) + " ago";
}

}  // namespace wgaudit
