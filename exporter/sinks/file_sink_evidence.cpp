// What the file sink says of its own files while it writes them: checkpoints, and what it removes.
#include <algorithm>
#include <utility>

#include "exporter/signing/signature.hpp"
#include "exporter/sinks/file_sink.hpp"

namespace wgaudit {
namespace {

constexpr Duration kRemovalInterval = std::chrono::minutes{1};
constexpr Duration kRemovalRetry = std::chrono::hours{1};
// A line says names and digests of no more; there can be several lines.
constexpr std::size_t kRemovedAtOnce = 16;

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

// As it was left: what is written into a file that was renamed, cut or replaced is no evidence.
bool FileSink::segment_in_place() const {
  const OpenSegment& open = segment_->segment();
  return directory_->in_place() && directory_->in_place(open.name, open.file.fd(), open.bytes);
}

bool FileSink::checkpoint_due() const {
  if (options_.checkpoints.key == nullptr || unsigned_lines_ == 0) return false;
  const Duration age = options_.now() - unsigned_since_;
  return age >= options_.checkpoints.interval || age < Duration{};  // the clock was set back
}

void FileSink::add_checkpoint(std::string_view reason) {
  if (options_.checkpoints.key == nullptr) return;
  const SigningKey& key = *options_.checkpoints.key;
  // Times of checkpoints never step back, though the clock does.
  Event event = make_event(Action::checkpoint, std::max(options_.now(), checkpoint_.at));
  event.facts = {{Field::segment_name, to_string(segment_->segment().name)},
                 {Field::event_reason, std::string(reason)},
                 {Field::checkpoint_last_sequence, number(encoded_)},
                 {Field::checkpoint_key_id, key.verifying().id()},
                 {Field::checkpoint_signature, std::string()}};
  if (!checkpoint_.key_id.empty() && checkpoint_.key_id != key.verifying().id()) {
    event.facts.push_back({Field::checkpoint_previous_key_id, checkpoint_.key_id});
  }
  add_line(
      sign_line(encode(event, options_.format, options_.origin, installation_, last_hash_), key),
      0);
  checkpoint_ = {event.at, key.verifying().id()};
  unsigned_lines_ = 0;
}

// Evidence does not go because a clock jumps ahead for a minute.
SegmentLimits FileSink::limits_now() {
  SegmentLimits limits = options_.limits;
  if (limits.max_age == Duration{}) return limits;
  const BootTime boot = options_.boot();
  wall_.look(options_.now(), boot);
  if (!wall_.tells_age(boot, limits.max_age)) limits.max_age = Duration{};
  return limits;
}

// REQUIRES: nothing waits to be written. An error: the record could not be brought to the disk, and
// nothing was removed. What cannot be read or removed is another matter: no event depends on it,
// and it is tried again in an hour.
FileSink::Result FileSink::remove_old() {
  const SegmentLimits limits = limits_now();
  if (!limits.any() || !segment_ || next_ || !segment_in_place()) return {};
  const Duration wait = next_removal_ - options_.now();
  if (wait > Duration{} && wait <= kRemovalRetry) return {};  // longer: the clock was set back
  next_removal_ = {};
  const auto old = what_is_over(limits);
  Result removed;
  if (!old) {
    removed = std::unexpected(old.error());
  } else if (!old->names.empty()) {
    if (auto recorded = record_removal(*old); !recorded) return recorded;
    removed = remove_files(old->names);
  }
  if (!removed || !old->more) {
    next_removal_ = options_.now() + (removed ? kRemovalInterval : kRemovalRetry);
  }
  removal_error_ = removed ? "" : removed.error().message();
  return {};
}

std::expected<FileSink::OldSegments, Error> FileSink::what_is_over(
    const SegmentLimits& limits) const {
  const auto names = directory_->segments();
  if (!names) return std::unexpected(names.error());
  std::vector<SegmentFile> files;
  for (const SegmentName& name : *names) {
    const auto bytes = directory_->bytes_of(name);
    if (!bytes) return std::unexpected(bytes.error());
    files.push_back({name, *bytes});
  }
  const Removal removal = choose_removal(files, limits, options_.now());
  OldSegments old{.reason = removal.reason, .more = removal.count > kRemovedAtOnce};
  files.resize(std::min(removal.count, kRemovedAtOnce));
  for (const SegmentFile& file : files) {
    auto digest = directory_->sha256_of(file.name);
    if (!digest) return std::unexpected(digest.error());
    old.names.push_back(file.name);
    old.digests.push_back(*std::move(digest));
    old.bytes += file.bytes;
  }
  if (files.empty()) return old;
  auto last = directory_->scan(files.back().name);
  if (!last) return std::unexpected(last.error());
  old.last_hash = std::move(last->last_hash);
  return old;
}

// First it is recorded that they go, and that is on the disk; then they go, the oldest first: what
// is left is always a row without a hole.
FileSink::Result FileSink::record_removal(const OldSegments& old) {
  std::vector<std::string> names;
  for (const SegmentName& name : old.names) names.push_back(to_string(name));
  Event event = make_event(Action::segments_removed, options_.now());
  event.facts = {{Field::event_reason, std::string(old.reason)},
                 {Field::removed_segments, std::move(names)},
                 {Field::removed_sha256, old.digests},
                 {Field::removed_last_hash, old.last_hash},
                 {Field::removed_bytes, number(old.bytes)}};
  add_line(encode(event, options_.format, options_.origin, installation_, last_hash_), 0);
  if (auto finished = finish(); !finished) return finished;
  // Whatever the policy: a record that power loss takes would leave a log that begins with a hole.
  return sync_now();
}

FileSink::Result FileSink::remove_files(const std::vector<SegmentName>& names) const {
  for (const SegmentName& name : names) {
    if (auto removed = directory_->remove(name, options_.ops); !removed) return removed;
  }
  return {};
}

}  // namespace wgaudit
