#include "exporter/sinks/file_sink.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "exporter/codec/sha256.hpp"
#include "exporter/sinks/encode_ahead.hpp"

namespace wgaudit {
namespace {

// Shippers that know a file by its first 1,024 bytes do not read shorter ones.
constexpr std::size_t kMinFirstLineBytes = 1100;
constexpr std::size_t kWriteBytes = std::size_t{1} << 20U;

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

FileSink::FileSink(FileSinkOptions options) : options_(std::move(options)) {}

std::expected<void, Sink::Failure> FileSink::deliver(const EventBatch& batch) {
  auto written = write(batch);
  publish();
  if (!written) return std::unexpected(Failure{std::move(written.error()), delivered_});
  return {};
}

FileSink::Result FileSink::write(const EventBatch& batch) {
  if (auto ready = stand_ready(batch.installation); !ready) return ready;
  // Those before are written, or wait since an error.
  const std::span events(std::ranges::upper_bound(batch.events, encoded_, {}, &Event::sequence),
                         batch.events.end());
  auto lines = encode_ahead(events, options_.format, options_.origin, installation_);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.sequence > encoded_ + 1) {
      if (auto skipped = skip_lost(event.sequence); !skipped) return skipped;
    }
    if (auto opened = open_segment(); !opened) return opened;
    set_prev_hash(lines[i], last_hash_);
    add_line(lines[i], event.sequence);
    if (unsigned_lines_ >= options_.checkpoints.lines) add_checkpoint("lines");
    if (segment_->waiting_bytes() < kWriteBytes) continue;
    if (auto flushed = flush(); !flushed) return flushed;
  }
  if (auto finished = finish(); !finished) return finished;
  auto removed = remove_old();
  unfinished_ = !removed;
  return removed;
}

std::expected<void, Sink::Failure> FileSink::tend(bool reopen) {
  auto tended = tend_segment(reopen);
  if (tended) tended = remove_old();
  unfinished_ = !tended;
  publish();
  if (!tended) return std::unexpected(Failure{std::move(tended.error()), delivered_});
  return {};
}

FileSink::Result FileSink::tend_segment(bool reopen) {
  // Else the next deliver() sees to it.
  const bool stands = segment_ && !next_;
  if ((!stands && !unfinished_) || !directory_ || !directory_->in_place()) return {};
  if (reopen && stands && segment_->has_events()) next_ = NextSegment{"reopen"};
  if (next_ || due()) {
    if (auto opened = open_segment(); !opened) return opened;
  } else if (!segment_in_place()) {
    return {};
  } else if (checkpoint_due()) {
    add_checkpoint("time");
  }
  return finish();
}

void FileSink::end() {
  if (!segment_ || next_ || !segment_in_place()) return;
  if (unsigned_lines_ > 0) add_checkpoint("stop");
  [[maybe_unused]] const Result outcome = finish();
  publish();
}

std::optional<FileSink::NextSegment> FileSink::due() const {
  if (next_ || !segment_->has_events()) return next_;
  const Duration age = options_.now() - segment_->segment().name.started;
  if (segment_->bytes_to_be() >= options_.max_segment_bytes) {
    return NextSegment{"size"};
  }
  if (age >= options_.max_segment_age) return NextSegment{"age"};
  return std::nullopt;
}

// The segments say so themselves, where the numbers are missing: `events-lost` may be among what
// was lost, and a sink that is new has not heard of what was before it.
FileSink::Result FileSink::skip_lost(std::uint64_t sequence) {
  // Before the number moves: the checkpoint at its end is over what the segment holds.
  if (auto ended = end_segment(); !ended) return ended;
  NextSegment next = next_.value_or(NextSegment{"events_lost"});
  if (next.lost_first == 0) next.lost_first = encoded_ + 1;
  next_ = std::move(next);
  encoded_ = written_ = delivered_ = sequence - 1;
  return {};
}

FileSink::Result FileSink::open_segment() {
  const auto next = due();
  if (!next) return {};
  next_ = next;
  if (auto ended = end_segment(); !ended) return ended;
  return begin_segment(*next);
}

// What it holds is on the disk before anything follows: only the newest segment can lack a part.
FileSink::Result FileSink::end_segment() {
  if (segment_ && unsigned_lines_ > 0 && segment_in_place()) add_checkpoint("segment_end");
  if (auto finished = finish(); !finished) return finished;
  segment_ = nullptr;
  return {};
}

FileSink::Result FileSink::begin_segment(const NextSegment& next) {
  SegmentName name = next_segment_name(newest_, options_.now(), encoded_ + 1);
  auto file = directory_->create(name, options_.ops);
  if (!file) return std::unexpected(file.error());
  const std::string line = first_line(next, name);
  segment_ = std::make_unique<SegmentWriter>(
      OpenSegment{std::move(*file), name, directory_->path_of(name), 0, false}, options_.ops,
      last_hash_, written_);
  newest_ = name;
  torn_ = next.torn;
  lost_first_ = next.lost_first;
  next_.reset();
  add_line(line, 0);
  next_removal_ = {};
  return {};
}

std::string FileSink::first_line(const NextSegment& next, const SegmentName& name) const {
  Event event = make_event(Action::segment_opened, options_.now());
  event.facts = {{Field::segment_name, to_string(name)},
                 {Field::segment_first_sequence, number(encoded_ + 1)},
                 {Field::event_reason, std::string(next.reason)}};
  if (newest_) event.facts.push_back({Field::segment_previous, to_string(*newest_)});
  if (next.torn.bytes > 0) {
    event.facts.push_back({Field::segment_torn_bytes, number(next.torn.bytes)});
    event.facts.push_back({Field::segment_torn_hash, next.torn.hash});
    event.facts.push_back({Field::segment_torn_after, next.torn.after});
    if (!next.torn.before.empty()) {
      event.facts.push_back({Field::segment_torn_before, next.torn.before});
    }
  }
  if (next.repeats) event.facts.push_back({Field::segment_repeats, true});
  if (next.lost_first > 0) {
    event.facts.push_back({Field::lost_first, number(next.lost_first)});
    event.facts.push_back({Field::lost_last, number(encoded_)});
  }
  std::string line = encode(event, options_.format, options_.origin, installation_, last_hash_);
  if (line.size() < kMinFirstLineBytes) {
    line.insert(line.size() - 1, kMinFirstLineBytes - line.size(), ' ');
  }
  return line;
}

void FileSink::add_line(std::string_view line, std::uint64_t sequence) {
  last_hash_ = sha256_hex(line);
  segment_->add(line, sequence, last_hash_);
  if (unsigned_lines_++ == 0) unsigned_since_ = options_.now();
  if (sequence > 0) encoded_ = sequence;
}

FileSink::Result FileSink::finish() {
  if (!segment_) return {};
  if (auto flushed = flush(); !flushed) return flushed;
  return sync();
}

FileSink::Result FileSink::flush() {
  auto flushed = segment_->flush();
  written_ = segment_->sequence();
  // After an error the lines that are whole are delivered all the same.
  if (!flushed) [[maybe_unused]]
    const Result synced = sync();
  return flushed;
}

FileSink::Result FileSink::sync() {
  if (options_.sync == SyncPolicy::batch) return sync_now();
  take_as_delivered();
  return {};
}

FileSink::Result FileSink::sync_now() {
  auto synced = segment_->sync();
  if (synced) {
    take_as_delivered();
    return synced;
  }
  // After this error the kernel may have dropped any line since the last sync. They come again,
  // with the same ids: to lose nothing goes before doubling nothing.
  const bool repeats = written_ > delivered_;
  written_ = delivered_;
  abandon("sync_failed", repeats);
  // At once: who starts after a crash could still read those lines, and take them for written.
  if (next_ && begin_segment(NextSegment(*next_))) {
    [[maybe_unused]] const Result begun = segment_->flush();
  }
  return synced;
}

// Nobody is shown a head that is not: Prometheus would keep it as one that was seen.
void FileSink::take_as_delivered() {
  delivered_ = written_;
  if (!segment_->head().hash.empty()) head_ = segment_->head();
}

// Nothing more goes into this segment. What waits for it is encoded again from the next batch.
void FileSink::abandon(std::string_view reason, bool repeats) {
  NextSegment next{reason, {}, repeats};
  last_hash_ = segment_->last_hash();
  const std::string_view fragment = segment_->fragment();
  const bool without_first_line = segment_->segment().bytes == fragment.size();
  // What the first line would have recorded is recorded by the next one.
  if (without_first_line) {
    next.torn = torn_;
    next.lost_first = lost_first_;
  }
  if (!fragment.empty()) {
    if (next.torn.bytes > 0) {
      next.torn.before.push_back(next.torn.hash);
    } else {
      next.torn.after = last_hash_;
    }
    last_hash_ = sha256_hex(fragment);
    next.torn.bytes = fragment.size();
    next.torn.hash = last_hash_;
    segment_->end_fragment();
  }
  if (unsigned_lines_++ == 0) unsigned_since_ = options_.now();  // what was signed may be gone
  next_ = std::move(next);
  encoded_ = written_;
  segment_ = nullptr;
}

void FileSink::publish() {
  const std::scoped_lock lock(mutex_);
  status_ = {head_, segment_ ? segment_->segment().bytes : 0, removal_error_};
}

FileSink::Status FileSink::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

}  // namespace wgaudit
