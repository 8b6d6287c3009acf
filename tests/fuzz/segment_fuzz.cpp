// Any bytes as a segment on the disk: no crash, and the same answer however they come in pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/sinks/segment_scan.hpp"

namespace {

wgaudit::SegmentScan scan(std::string_view bytes, std::size_t piece) {
  wgaudit::SegmentScanner scanner;
  while (!bytes.empty()) {
    scanner.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return scanner.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const wgaudit::SegmentScan whole = scan(bytes, size + 1);
  const wgaudit::SegmentScan pieces = scan(bytes, 7);
  if (whole.own != pieces.own || whole.last_hash != pieces.last_hash ||
      whole.torn_bytes != pieces.torn_bytes || whole.intact != pieces.intact) {
    std::abort();
  }
  // Where the last line closes as an object, it counts as written.
  const auto start = bytes.rfind('\n');
  const auto last = start == std::string_view::npos ? bytes : bytes.substr(start + 1);
  if (wgaudit::is_whole_object(last) && wgaudit::read_own_line(last) && !whole.own) std::abort();
  return 0;
}
