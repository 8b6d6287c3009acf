// What the file sink makes of what stands on the disk, at its start and when that changed under it.
#include <algorithm>
#include <cerrno>
#include <system_error>

#include "exporter/sinks/file_sink.hpp"

namespace wgaudit {
namespace {

std::uint64_t position(const SegmentsTail& tail, const std::string& installation,
                       std::optional<std::uint64_t> cursor) {
  if (!tail.own) return cursor.value_or(0);
  if (tail.own->installation != installation) return 0;
  // What was acknowledged was on the disk; a break before that was none of power loss.
  return std::max(tail.own->intact, std::min(tail.own->sequence, cursor.value_or(0)));
}

// Why nothing can be appended to the last segment; "" where it can.
std::string_view unfit(const SegmentScan& scan, const std::string& installation,
                       EventFormat format) {
  if (scan.torn_bytes > 0) return "torn_tail";
  if (!scan.opened || !scan.own) return "no_first_line";
  if (scan.own->installation != installation) return "installation";
  if (scan.format != format) return "format";
  return scan.intact ? "" : "broken_chain";
}

}  // namespace

std::uint64_t FileSink::resume(const std::string& installation,
                               std::optional<std::uint64_t> cursor) {
  installation_ = installation;
  cursor_ = cursor;
  told_ = cursor.value_or(0);
  if (attach()) told_ = delivered_;  // else deliver() tries again, and says what stands in the way
  publish();
  return told_;
}

FileSink::Result FileSink::stand_ready(const std::string& installation) {
  if (directory_ && !directory_->in_place()) {
    cursor_ = told_ = delivered_;
    detach();
  } else if (segment_) {
    if (!segment_in_place()) abandon("replaced");
  }
  if (installation != installation_) {
    installation_ = installation;
    cursor_.reset();
    told_ = 0;
    detach();
  }
  if (directory_) return {};
  if (auto attached = attach(); !attached) return attached;
  if (delivered_ == told_) return {};
  told_ = delivered_;
  return std::unexpected(Error{"cannot go on as told", options_.directory,
                               "its segments end at sequence " + std::to_string(delivered_)});
}

void FileSink::detach() {
  segment_ = nullptr;
  directory_ = nullptr;
  newest_.reset();
  next_.reset();
}

FileSink::Result FileSink::attach() {
  detach();
  encoded_ = written_ = delivered_ = told_;
  auto directory = SegmentDirectory::open_to_write(options_.directory);
  if (!directory) return std::unexpected(directory.error());
  const auto tail = read_tail(**directory, options_.checkpoints.key != nullptr);
  if (!tail) return std::unexpected(tail.error());
  directory_ = std::move(*directory);
  encoded_ = written_ = delivered_ = position(*tail, installation_, cursor_);
  newest_ = tail->newest;
  last_hash_ = tail->last_hash;
  const std::optional<OwnTail>& own = tail->own;
  head_ = own && own->installation == installation_ ? own->head : ChainHead{};
  // Names of segments do not step back, nor do times of checkpoints.
  checkpoint_ =
      tail->checkpoint.value_or(CheckpointMark{newest_ ? newest_->started : WallTime{}, ""});
  unsigned_lines_ = tail->last && !tail->last_scan.is_signed ? 1 : 0;
  unsigned_since_ = options_.now();
  auto taken = take_last(*tail);
  if (!taken) {
    detach();
    encoded_ = written_ = delivered_ = told_;
  }
  if (head_.sequence > delivered_) head_ = {};  // it comes again, in another line
  return taken;
}

FileSink::TornTail FileSink::torn_of(const SegmentsTail& tail) {
  if (tail.torn.empty()) return {};
  return {tail.last_scan.torn_bytes,
          tail.torn.back(),
          tail.whole_hash,
          {tail.torn.begin(), tail.torn.end() - 1}};
}

// Goes on with the last segment, or says why a new one has to begin.
FileSink::Result FileSink::take_last(const SegmentsTail& tail) {
  if (!tail.last) {
    next_ = NextSegment{tail.newest ? "no_first_line" : "first"};
    return {};
  }
  const SegmentScan& scan = tail.last_scan;
  const std::string path = directory_->path_of(*tail.last);
  auto file = directory_->open(*tail.last);
  if (!file) return std::unexpected(file.error());
  if (scan.line_open && options_.ops.write(file->fd(), "\n", 1) != 1) {
    return std::unexpected(
        Error{"cannot end the torn line", path, std::generic_category().message(errno)});
  }
  NextSegment next{unfit(scan, installation_, options_.format), torn_of(tail)};
  // An empty one after it: the process before died when it had made it.
  if (next.reason.empty() && tail.last != tail.newest) next.reason = "no_first_line";
  // The tail may never have reached the disk: the process before can have died before its sync.
  if (options_.sync == SyncPolicy::batch && options_.ops.sync_data(file->fd()) != 0) {
    encoded_ = written_ = delivered_ = std::min(delivered_, cursor_.value_or(0));
    next.reason = "sync_failed";
    next.repeats = true;
  }
  if (!next.reason.empty()) {
    next_ = std::move(next);
    return {};
  }
  const bool has_events = scan.own && !scan.own->head.hash.empty();
  const std::uint64_t bytes = scan.bytes + (scan.line_open ? 1 : 0);
  segment_ = std::make_unique<SegmentWriter>(
      OpenSegment{std::move(*file), *tail.last, path, bytes, has_events}, options_.ops, last_hash_,
      written_);
  return {};
}

}  // namespace wgaudit
