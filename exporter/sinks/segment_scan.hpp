// What the bytes of one segment say: where its chain ends, and which event came last. Takes any
// bytes, piece by piece, in bounded memory. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/codec/sha256.hpp"
#include "exporter/sinks/line_scan.hpp"

namespace wgaudit {

// The line of the last event, as `--expect-head` names it.
struct ChainHead {
  std::string hash;  // SHA-256 of the raw line, 64 hexadecimal digits; "" = there is none
  std::uint64_t sequence = 0;
  friend bool operator==(const ChainHead&, const ChainHead&) = default;
};

// How far the segments tell of an installation.
struct OwnTail {
  std::string installation;
  std::uint64_t sequence = 0;  // of the last event; after a first line alone the one before it
  // The same as far as every line holds the hash of the line before: after power loss a file can
  // lack a part of its middle.
  std::uint64_t intact = 0;
  ChainHead head;
  friend bool operator==(const OwnTail&, const OwnTail&) = default;
};

// What a checkpoint says of itself.
struct CheckpointMark {
  WallTime at{};
  std::string key_id;
};

struct SegmentScan {
  std::uint64_t bytes = 0;
  std::string last_hash;   // of the last raw line, a torn one too; "" = no byte
  std::string whole_hash;  // of the last line of ours; "" = there is none
  bool opened = false;     // it begins with a first line of ours
  bool intact = true;      // every line holds the hash of the line before
  bool line_open = false;  // the last line has no line end
  // Of the last line, where it is none of ours: torn, and its line end put there later perhaps.
  std::uint64_t torn_bytes = 0;
  std::optional<OwnTail> own;
  EventFormat format = EventFormat::ecs;     // of the last line of ours
  std::optional<CheckpointMark> checkpoint;  // the last
  bool is_signed = false;                    // it is the last line
};

class SegmentScanner {
 public:
  void add(std::string_view bytes);
  [[nodiscard]] SegmentScan finish();  // REQUIRES: called once, last

 private:
  void end_line();
  void take(const OwnLine& line, const std::string& hash);

  SegmentScan scan_;
  std::unique_ptr<Sha256> hash_;  // of the line so far
  std::string line_;              // its first bytes: more than any line of ours has
  std::uint64_t line_bytes_ = 0;
};

}  // namespace wgaudit
