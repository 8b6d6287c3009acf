// One open segment: the lines that wait for it, and how much of them is written.
//
// After an error nothing is encoded again and nothing cut off: the next flush() goes on with the
// very same bytes, so that who has read the first half of a line sees the right second half.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "collectors/model/error.hpp"
#include "exporter/net/descriptor.hpp"
#include "exporter/sinks/file_ops.hpp"
#include "exporter/sinks/segment_name.hpp"
#include "exporter/sinks/segment_scan.hpp"
#include "exporter/sinks/waiting_lines.hpp"

namespace wgaudit {

struct OpenSegment {
  Descriptor file;
  SegmentName name;
  std::string path;
  std::uint64_t bytes = 0;  // of the file
  bool has_events = false;
};

class SegmentWriter {
 public:
  // `last_hash`, `sequence`: of the last line before what this writes. `ops` outlives it.
  SegmentWriter(OpenSegment segment, const FileOps& ops, std::string last_hash,
                std::uint64_t sequence);

  // The line end is put here. `sequence` 0: the first line of the segment.
  void add(std::string_view line, std::uint64_t sequence, std::string hash);
  [[nodiscard]] std::expected<void, Error> flush();
  // Of all that is written. Not to be tried again after an error: the kernel may have dropped what
  // it could not write, and says so once.
  [[nodiscard]] std::expected<void, Error> sync();

  [[nodiscard]] const OpenSegment& segment() const { return segment_; }
  // Once the lines that wait are written.
  [[nodiscard]] std::uint64_t bytes_to_be() const { return segment_.bytes + waiting_bytes(); }
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_.rest().size(); }
  [[nodiscard]] bool has_events() const { return segment_.has_events; }

  // Of the last line that is wholly written.
  [[nodiscard]] const std::string& last_hash() const { return last_hash_; }
  [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
  [[nodiscard]] const ChainHead& head() const { return head_; }  // "": no event was written here
  // What is written of the line after that.
  [[nodiscard]] std::string_view fragment() const { return waiting_.fragment(); }
  // Gives the fragment a line end, if that can be done: nothing is written here any more.
  void end_fragment();

 private:
  OpenSegment segment_;
  const FileOps& ops_;
  std::string last_hash_;
  std::uint64_t sequence_;
  ChainHead head_;
  WaitingLines waiting_;
  bool unsynced_ = false;
};

}  // namespace wgaudit
