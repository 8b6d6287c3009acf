#include "exporter/sinks/segment_limits.hpp"

namespace wgaudit {

Removal choose_removal(std::span<const SegmentFile> files, const SegmentLimits& limits,
                       WallTime now) {
  std::uint64_t bytes = 0;
  for (const SegmentFile& file : files) bytes += file.bytes;
  Removal removal;
  while (removal.count + 1 < files.size()) {
    // A segment ends where the next begins.
    const Duration age = now - files[removal.count + 1].name.started;
    std::string_view reason;
    if (limits.max_age > Duration{} && age > limits.max_age) reason = "max-age";
    if (limits.max_bytes > 0 && bytes > limits.max_bytes) reason = "max-bytes";
    if (limits.max_segments > 0 && files.size() - removal.count > limits.max_segments) {
      reason = "max-segments";
    }
    if (reason.empty()) return removal;
    bytes -= files[removal.count].bytes;
    ++removal.count;
    removal.reason = reason;
  }
  return removal;
}

}  // namespace wgaudit
