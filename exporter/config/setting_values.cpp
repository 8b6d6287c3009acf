#include "exporter/config/setting_values.hpp"

#include <algorithm>
#include <charconv>

#include "collectors/model/number.hpp"

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

std::optional<HostAndPort> parse_host_port(std::string_view text) {
  HostAndPort parsed;
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return std::nullopt;
  parsed.host = text.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0));
  std::string_view rest = text.substr(end + (bracketed ? 1 : 0));
  const auto is_odd = [](char c) {
    return c <= ' ' || c > '~' || c == '/' || c == '[' || c == ']';
  };
  if (parsed.host.empty() || std::ranges::any_of(parsed.host, is_odd)) return std::nullopt;
  if (bracketed != parsed.host.contains(':')) return std::nullopt;
  if (rest.empty()) return parsed;
  if (!rest.starts_with(':')) return std::nullopt;
  rest.remove_prefix(1);
  parsed.port = parse_number<std::uint16_t>(rest).value_or(0);
  return parsed.port == 0 ? std::nullopt : std::optional(parsed);
}

}  // namespace wgaudit
