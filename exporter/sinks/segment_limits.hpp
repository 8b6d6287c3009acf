// How much of the segments stays. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "exporter/sinks/segment_name.hpp"

namespace wgaudit {

// 0: no limit.
struct SegmentLimits {
  std::uint64_t max_segments = 0;
  std::uint64_t max_bytes = 0;
  Duration max_age{};  // of the last line
  [[nodiscard]] bool any() const {
    return max_segments > 0 || max_bytes > 0 || max_age > Duration{};
  }
};

struct SegmentFile {
  SegmentName name;
  std::uint64_t bytes = 0;
};

struct Removal {
  std::size_t count = 0;    // of the oldest
  std::string_view reason;  // the limit that asked for the last of them; "" = none
};
// `files`: the oldest first. The newest stays, whatever the limits say.
[[nodiscard]] Removal choose_removal(std::span<const SegmentFile> files,
                                     const SegmentLimits& limits, WallTime now);

}  // namespace wgaudit
