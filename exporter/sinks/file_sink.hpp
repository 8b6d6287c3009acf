// The `file` sink: events as JSON lines in segments, each line holding the hash of the line before.
// SINKS.md says what it promises.
//
// Its own segments, not the cursor, say what was written: they are read at resume(). What cannot be
// done then (a directory that is locked, unreadable, full) is tried again by every deliver().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/steady_wall.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/signing/signing_key.hpp"
#include "exporter/sinks/file_ops.hpp"
#include "exporter/sinks/segment_directory.hpp"
#include "exporter/sinks/segment_limits.hpp"
#include "exporter/sinks/segment_writer.hpp"
#include "exporter/sinks/sink.hpp"

namespace wgaudit {

// When what is written is brought to the disk.
enum class SyncPolicy : std::uint8_t { batch, off };

// When a checkpoint is due, for who has a key.
struct CheckpointPolicy {
  std::shared_ptr<const SigningKey> key;  // null: no checkpoints
  std::uint64_t lines = 1000;             // after so many
  Duration interval = std::chrono::minutes{5};
};

struct FileSinkOptions {
  std::string directory;
  EventOrigin origin;
  EventFormat format = EventFormat::ecs;
  std::function<WallTime()> now;
  std::function<BootTime()> boot{};  // needed for limits.max_age alone
  std::uint64_t max_segment_bytes = std::uint64_t{16} << 20U;
  Duration max_segment_age = std::chrono::hours{24};
  SyncPolicy sync = SyncPolicy::batch;
  CheckpointPolicy checkpoints{};
  SegmentLimits limits{};
  FileOps ops{};
};

class FileSink : public Sink {
 public:
  explicit FileSink(FileSinkOptions options);

  [[nodiscard]] std::uint64_t resume(const std::string& installation,
                                     std::optional<std::uint64_t> cursor) override;
  [[nodiscard]] std::expected<void, Failure> deliver(const EventBatch& batch) override;
  std::expected<void, Failure> tend(bool reopen) override;
  void end() override;

  // Any thread.
  struct Status {
    ChainHead head;  // of what is delivered
    std::uint64_t segment_bytes = 0;
    std::string removal_error;  // why old segments could not be removed; "" = they could
  };
  [[nodiscard]] Status status() const;

 private:
  // What was cut off before a segment began.
  struct TornTail {
    std::uint64_t bytes = 0;
    std::string hash{};
    std::string after{};                // hash of the last whole line before
    std::vector<std::string> before{};  // hashes of the lines that were cut off since, but this one
  };
  // Why a new segment begins before the next line: event.reason, and what its first line records.
  struct NextSegment {
    std::string_view reason;
    TornTail torn{};
    bool repeats = false;
    std::uint64_t lost_first = 0;  // the outbox dropped these, up to its first sequence; 0: none
  };
  using Result = std::expected<void, Error>;

  // file_sink_resume.cpp: what stands on the disk.
  Result stand_ready(const std::string& installation);
  Result attach();
  Result take_last(const SegmentsTail& tail);
  static TornTail torn_of(const SegmentsTail& tail);
  void detach();

  Result write(const EventBatch& batch);
  Result tend_segment(bool reopen);
  [[nodiscard]] std::optional<NextSegment> due() const;
  Result skip_lost(std::uint64_t sequence);  // what is before it never comes
  Result open_segment();                     // a new one, if it is due
  Result end_segment();
  Result begin_segment(const NextSegment& next);
  [[nodiscard]] std::string first_line(const NextSegment& next, const SegmentName& name) const;
  void add_line(std::string_view line, std::uint64_t sequence);
  Result finish();
  Result flush();
  Result sync();      // as the policy says
  Result sync_now();  // whatever it says
  void take_as_delivered();
  void abandon(std::string_view reason, bool repeats = false);
  void publish();

  // file_sink_evidence.cpp: signatures and retention.
  [[nodiscard]] bool segment_in_place() const;
  [[nodiscard]] bool checkpoint_due() const;
  void add_checkpoint(std::string_view reason);
  [[nodiscard]] SegmentLimits limits_now();
  // What goes, and what the record of it says.
  struct OldSegments {
    std::vector<SegmentName> names{};
    std::vector<std::string> digests{};
    std::uint64_t bytes = 0;
    std::string last_hash{};  // of the last of them
    std::string_view reason{};
    bool more = false;  // than one record names
  };
  Result remove_old();
  std::expected<OldSegments, Error> what_is_over(const SegmentLimits& limits) const;
  Result record_removal(const OldSegments& old);
  Result remove_files(const std::vector<SegmentName>& names) const;

  const FileSinkOptions options_;
  std::string installation_;
  std::optional<std::uint64_t> cursor_;
  std::uint64_t told_ = 0;  // what the caller took for delivered when the directory was opened

  std::unique_ptr<SegmentDirectory> directory_;  // open and locked
  std::optional<SegmentName> newest_;
  std::unique_ptr<SegmentWriter> segment_;
  std::optional<NextSegment> next_;
  bool unfinished_ = false;       // tend() failed, and has to go on
  TornTail torn_;                 // as the first line of the open segment records it
  std::uint64_t lost_first_ = 0;  // the same
  std::string last_hash_;         // of the last line of the chain, written or waiting
  // Of the last event that is encoded, wholly written, and delivered: on the disk, where the policy
  // asks for that.
  std::uint64_t encoded_ = 0, written_ = 0, delivered_ = 0;
  ChainHead head_;

  std::uint64_t unsigned_lines_ = 0;  // since the last checkpoint, waiting ones too
  WallTime unsigned_since_{};
  CheckpointMark checkpoint_{};  // the last; its time is a bound where there was none
  WallTime next_removal_{};
  SteadyWall wall_;
  std::string removal_error_;

  mutable std::mutex mutex_;
  Status status_;
};

}  // namespace wgaudit
