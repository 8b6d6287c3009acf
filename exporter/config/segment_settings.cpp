#include "exporter/config/segment_settings.hpp"

#include "collectors/model/number.hpp"

namespace wgaudit {
namespace {

constexpr Reason kTaken{};

Reason take_count(std::uint64_t& count, std::string_view value) {
  const auto number = parse_number<std::uint64_t>(value);
  if (!number) return "not a whole number, or too large";
  count = *number;
  return kTaken;
}

}  // namespace

// Absolute, so that a key which was pasted here instead is not taken for the name of a file, which
// errors show.
Reason take_signing_key_file(SegmentSettings& segments, std::string_view value) {
  if (!value.empty() && !value.starts_with('/')) return "not an absolute path";
  if (value.find('\0') != std::string_view::npos) return "must not hold a NUL byte";
  segments.signing_key_file = value;
  return kTaken;
}

Reason take_checkpoint_lines(SegmentSettings& segments, std::string_view value) {
  std::uint64_t lines = 0;
  if (const Reason why = take_count(lines, value); !why.empty()) return why;
  if (lines == 0) return "must be at least 1";
  segments.checkpoint_lines = lines;
  return kTaken;
}

Reason take_checkpoint_interval(SegmentSettings& segments, std::string_view value) {
  const auto duration = parse_duration(value);
  if (!duration) return "not a duration such as 5s or 1m30s";
  if (*duration < std::chrono::seconds{1} || *duration > std::chrono::hours{24}) {
    return "must be from 1s to 1d";
  }
  segments.checkpoint_interval = *duration;
  return kTaken;
}

Reason take_max_segments(SegmentSettings& segments, std::string_view value) {
  return take_count(segments.max_segments, value);
}

Reason take_max_bytes(SegmentSettings& segments, std::string_view value) {
  const auto size = value == "0" ? std::optional<std::uint64_t>{0} : parse_size(value);
  if (!size) return "not a size such as 512MB or 2GB, or too large";
  segments.max_bytes = *size;
  return kTaken;
}

Reason take_max_age(SegmentSettings& segments, std::string_view value) {
  const auto duration = parse_duration(value);
  if (!duration) return "not a duration such as 30d or 1y";
  if (*duration != Duration{} && *duration < std::chrono::hours{1}) return "must be at least 1h";
  segments.max_age = *duration;
  return kTaken;
}

}  // namespace wgaudit
