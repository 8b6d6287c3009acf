// How the segments of a file sink are signed, and which of them stay. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/model/time.hpp"
#include "exporter/config/setting_values.hpp"

namespace wgaudit {

inline constexpr std::uint64_t kSegmentBytes = std::uint64_t{16} << 20U;  // then a new one begins

struct SegmentSettings {
  std::string signing_key_file;  // absolute; "" = no checkpoints
  std::uint64_t checkpoint_lines = 1000;
  Duration checkpoint_interval = std::chrono::minutes{5};
  std::uint64_t max_segments = 0;  // 0: no limit, as the next two
  std::uint64_t max_bytes = 0;
  Duration max_age{};
  friend bool operator==(const SegmentSettings&, const SegmentSettings&) = default;
};

[[nodiscard]] Reason take_signing_key_file(SegmentSettings& segments, std::string_view value);
[[nodiscard]] Reason take_checkpoint_lines(SegmentSettings& segments, std::string_view value);
[[nodiscard]] Reason take_checkpoint_interval(SegmentSettings& segments, std::string_view value);
[[nodiscard]] Reason take_max_segments(SegmentSettings& segments, std::string_view value);
[[nodiscard]] Reason take_max_bytes(SegmentSettings& segments, std::string_view value);
[[nodiscard]] Reason take_max_age(SegmentSettings& segments, std::string_view value);

}  // namespace wgaudit
