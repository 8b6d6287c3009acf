#include "exporter/sinks/segment_name.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace wgaudit {
namespace {

constexpr std::string_view kPrefix = "audit-", kSuffix = ".jsonl";
constexpr std::size_t kStampSize = 16;  // 20261122T160000Z

std::string stamp(WallTime time) {
  std::string text = to_rfc3339(time);  // 2026-11-22T16:00:00.000Z
  text.erase(text.find('.'), 4);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::optional<WallTime> parse_stamp(std::string_view text) {
  if (text.size() != kStampSize) return std::nullopt;
  std::string rfc3339(text);
  for (const std::size_t at : {13U, 11U}) rfc3339.insert(at, 1, ':');
  for (const std::size_t at : {6U, 4U}) rfc3339.insert(at, 1, '-');
  return parse_rfc3339(rfc3339);
}

template <typename Number>
bool take_number(std::string_view& text, Number& number) {
  if (!text.starts_with('-')) return false;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{};
}

}  // namespace

std::string to_string(const SegmentName& name) {
  std::string text(kPrefix);
  text += stamp(name.started) + '-' + std::to_string(name.first_sequence);
  if (name.again > 0) text += '-' + std::to_string(name.again);
  return text += kSuffix;
}

std::optional<SegmentName> parse_segment_name(std::string_view text) {
  if (!text.starts_with(kPrefix) || !text.ends_with(kSuffix)) return std::nullopt;
  std::string_view rest = text.substr(kPrefix.size());
  if (rest.size() < kStampSize + kSuffix.size()) return std::nullopt;
  rest.remove_suffix(kSuffix.size());
  const auto started = parse_stamp(rest.substr(0, kStampSize));
  rest.remove_prefix(kStampSize);
  SegmentName name;
  if (!started || !take_number(rest, name.first_sequence)) return std::nullopt;
  if (!rest.empty() && !take_number(rest, name.again)) return std::nullopt;
  name.started = *started;
  // One spelling a name: no leading zeros, nothing behind.
  return to_string(name) == text ? std::optional(name) : std::nullopt;
}

SegmentName next_segment_name(const std::optional<SegmentName>& newest, WallTime now,
                              std::uint64_t first_sequence) {
  constexpr std::chrono::seconds kSecond{1};
  SegmentName name{std::chrono::floor<std::chrono::seconds>(now), first_sequence, 0};
  if (!newest) return name;
  name.started = std::max(name.started, newest->started);
  if (name > *newest) return name;
  if (first_sequence == newest->first_sequence) {
    name.again = newest->again + 1;
  } else {  // a new installation, that counts from 1, in the second of the one before
    name.started += kSecond;
  }
  return name;
}

}  // namespace wgaudit
