// Checks the lines of segments, in order, as they come: chain, numbers, first lines, what was cut
// off, checkpoints. In bounded memory, of any bytes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/codec/sha256.hpp"
#include "exporter/signing/signing_key.hpp"
#include "exporter/sinks/line_scan.hpp"
#include "exporter/sinks/segment_name.hpp"
#include "exporter/verify/verdict.hpp"

namespace wgaudit {

// An event as somebody else saw it: a SIEM, or Prometheus.
struct ExpectedHead {
  std::uint64_t sequence = 0;
  std::string hash;  // of its raw line; the first digits are enough
};

struct VerifyOptions {
  std::vector<VerifyingKey> keys;  // none: signatures are not checked
  std::vector<ExpectedHead> heads;
  bool deep = false;  // each line is parsed, and held against the table of fields
};

struct ScannedLine {
  std::string_view text;  // without its line feed; "" where it is too long to be one of ours
  std::uint64_t size = 0;
  Sha256Digest hash{};
  bool ended = true;           // it has a line feed
  std::optional<OwnLine> own;  // what it points to is the text's
  std::string problem;         // of a deep check
};

class ChainChecker {
 public:
  explicit ChainChecker(const VerifyOptions& options);  // which outlive this
  void begin_file(std::string_view name);               // base name of a segment, in their order
  void take(const ScannedLine& line);
  void unreadable(std::string_view why);  // the file, from here on
  [[nodiscard]] LogVerdict finish();      // REQUIRES: called once, last

 private:
  struct Head {
    Sha256Digest hash{};
    std::uint64_t sequence = 0;
  };
  struct Heads {
    bool found = false;
    std::optional<Flaw> other;  // the event with that number, where it is another
  };

  void flaw(Fault fault, std::string what);
  void tampered(std::string what) { flaw(Fault::tampered, std::move(what)); }
  void take_torn(const ScannedLine& line);
  void take_whole(const ScannedLine& line, const OwnLine& own);
  void take_first_line(const ScannedLine& line, const OwnLine& own, bool follows);
  void check_torn_record(std::string_view line);
  void check_first_sequence(std::string_view line, const OwnLine& own);
  void take_event(const ScannedLine& line, const OwnLine& own, bool follows);
  void take_removed(std::string_view line);
  void count_removed(const std::vector<std::string_view>& names);
  void compare_heads(const ScannedLine& line, std::uint64_t sequence);
  // checkpoint_check.cpp
  void take_checkpoint(const ScannedLine& line);
  std::string checkpoint_problem(std::string_view line, std::string_view key_id);
  void count_key(std::string_view key_id);
  [[nodiscard]] bool may_be_gone(std::uint64_t sequence) const;
  void finish_heads();
  void finish_signatures();

  const VerifyOptions& options_;
  LogVerdict verdict_;

  std::string file_, previous_file_;
  std::uint64_t line_ = 0;             // of the file
  std::optional<Sha256Digest> last_;   // of the last raw line
  std::optional<Sha256Digest> whole_;  // of the last line of ours
  std::vector<Sha256Digest> torn_;     // of the lines since then
  std::uint64_t torn_bytes_ = 0;
  bool event_last_ = false;  // the last line of ours is an event

  std::string installation_;
  std::uint64_t sequence_ = 0;  // of the last event
  std::optional<Head> head_;    // of this installation
  std::optional<Head> sound_;

  // Where the first segment is not the first of the chain: what it follows on.
  bool start_missing_ = false;
  std::string start_name_, start_hash_;
  // The same, for heads: no record of a removal brings back what is not here.
  struct Start {
    bool is_gone = false;      // something was before it
    bool is_baseline = false;  // an installation begins with it
    std::uint64_t first_sequence = 0;
  };
  std::optional<Start> start_;
  std::optional<SegmentName> removed_through_;  // the last that a record names

  std::optional<WallTime> checkpoint_at_;
  bool ends_segment_ = false;  // the last line is a checkpoint that says so
  std::vector<Heads> heads_;
};

}  // namespace wgaudit
