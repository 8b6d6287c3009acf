// The directory of the segments: the file sink's edge to the file system, but for writing lines.
//
// Nothing is followed that is a symbolic link, and no file that stands is ever changed but by
// appending to the newest segment.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/model/error.hpp"
#include "exporter/net/descriptor.hpp"
#include "exporter/sinks/file_ops.hpp"
#include "exporter/sinks/segment_name.hpp"
#include "exporter/sinks/segment_scan.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

class SegmentDirectory {
 public:
  // Makes it (0750) where it is missing, and keeps every second writer out for as long as it lives.
  [[nodiscard]] static std::expected<std::unique_ptr<SegmentDirectory>, Error> open_to_write(
      std::string path);
  // Null: there is none.
  [[nodiscard]] static std::expected<std::unique_ptr<SegmentDirectory>, Error> open_to_read(
      std::string path);

  // The oldest first. What has no name of a segment is none.
  [[nodiscard]] std::expected<std::vector<SegmentName>, Error> segments() const;
  [[nodiscard]] std::expected<SegmentScan, Error> scan(const SegmentName& name) const;
  // "" where it has none that could be ours.
  [[nodiscard]] std::expected<std::string, Error> first_line(const SegmentName& name) const;
  [[nodiscard]] std::expected<std::uint64_t, Error> bytes_of(const SegmentName& name) const;
  [[nodiscard]] std::expected<std::string, Error> sha256_of(const SegmentName& name) const;
  // For good; what is gone already is no error.
  [[nodiscard]] std::expected<void, Error> remove(const SegmentName& name,
                                                  const FileOps& ops) const;

  // For appending.
  [[nodiscard]] std::expected<Descriptor, Error> open(const SegmentName& name) const;
  // A new file, 0640; where the name is taken it becomes the next free one. It is in the directory
  // for good, or not at all.
  [[nodiscard]] std::expected<Descriptor, Error> create(SegmentName& name,
                                                        const FileOps& ops) const;

  // Whether the paths still name the directory, and this segment with as many bytes.
  [[nodiscard]] bool in_place() const;
  [[nodiscard]] bool in_place(const SegmentName& name, int fd, std::uint64_t bytes) const;
  [[nodiscard]] std::string path_of(const SegmentName& name) const;

 private:
  SegmentDirectory(std::string path, Descriptor directory);

  std::string path_;
  Descriptor directory_;
};

// As open_to_write() makes it, where it is missing.
[[nodiscard]] std::expected<void, Error> make_segment_directory(const std::string& path);

// Where the segments end.
struct SegmentsTail {
  std::optional<SegmentName> newest, last;  // `last`: the newest that is not empty
  SegmentScan last_scan;
  std::string last_hash;       // of the last raw line of all; 64 zeros where there is none
  std::optional<OwnTail> own;  // of the newest segment that has a line of ours
  std::string whole_hash;      // of the last line of ours; 64 zeros where there is none
  // Of the lines after it, the oldest first: each was cut off, in a segment of its own but the
  // first.
  std::vector<std::string> torn;
  std::optional<CheckpointMark> checkpoint;
};
// `for_checkpoint`: a few segments more are read where the newest have none.
[[nodiscard]] std::expected<SegmentsTail, Error> read_tail(const SegmentDirectory& directory,
                                                           bool for_checkpoint = false);

// The same before the store is open, without writing anything; nullopt where there is no line of
// ours, nor a directory.
[[nodiscard]] std::expected<std::optional<WrittenTail>, Error> written_tail(
    const std::string& directory);

}  // namespace wgaudit
