#include "exporter/config/setting_values.hpp"

#include <algorithm>
#include <charconv>

namespace wgaudit {
namespace {

constexpr ValueName<unsigned> kSizeUnits[] = {{"B", 0},    {"KB", 10},  {"MB", 20},
                                              {"GB", 30},  {"TB", 40},  {"KiB", 10},
                                              {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const auto shift = value_named(kSizeUnits, std::string_view(rest, end));
  if (error != std::errc{} || !shift) return std::nullopt;
  if (number > (std::uint64_t{1} << 62U) >> *shift) return std::nullopt;
  return number << *shift;
}

}  // namespace wgaudit
