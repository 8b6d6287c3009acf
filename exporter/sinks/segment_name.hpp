// The name of a segment: audit-<UTC start yyyymmddThhmmssZ>-<first sequence>[-<n>].jsonl. Pure.
//
// Names order as the segments were begun, also when the clock stepped back: a start is never before
// that of the segment before. The order is that of their numbers, which is that of `ls -v`.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/time.hpp"

namespace wgaudit {

struct SegmentName {
  WallTime started{};                // whole seconds
  std::uint64_t first_sequence = 0;  // the one that was expected next
  std::uint32_t again = 0;           // n: the name without it was taken
  friend auto operator<=>(const SegmentName&, const SegmentName&) = default;
};

[[nodiscard]] std::string to_string(const SegmentName& name);
[[nodiscard]] std::optional<SegmentName> parse_segment_name(std::string_view text);
// Greater than `newest`.
[[nodiscard]] SegmentName next_segment_name(const std::optional<SegmentName>& newest, WallTime now,
                                            std::uint64_t first_sequence);

}  // namespace wgaudit
