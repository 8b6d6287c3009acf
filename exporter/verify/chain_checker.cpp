#include "exporter/verify/chain_checker.hpp"

#include <algorithm>
#include <utility>

namespace wgaudit {
namespace {

constexpr std::size_t kMaxTorn = 64;
const std::string kNoHash(64, '0');

bool says(std::string_view hex, const Sha256Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (hex.size() != 2 * digest.size()) return false;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const unsigned byte = digest[i];
    if (hex[2 * i] != kDigits[byte >> 4U] || hex[2 * i + 1] != kDigits[byte & 15U]) return false;
  }
  return true;
}

template <typename Head>
std::optional<ChainHead> to_chain_head(const std::optional<Head>& head) {
  if (!head) return std::nullopt;
  return ChainHead{to_hex(head->hash), head->sequence};
}

std::string text_of(std::string_view line, Field field) {
  return std::string(find_text(line, field).value_or(""));
}

}  // namespace

ChainChecker::ChainChecker(const VerifyOptions& options)
    : options_(options), heads_(options.heads.size()) {
  verdict_.signatures_checked = !options.keys.empty();
}

void ChainChecker::flaw(Fault fault, std::string what) {
  verdict_.add({fault, file_, line_, sequence_, std::move(what)});
}

void ChainChecker::begin_file(std::string_view name) {
  previous_file_ = std::exchange(file_, std::string(name));
  line_ = 0;
  ++verdict_.segments;
}

void ChainChecker::unreadable(std::string_view why) {
  flaw(Fault::incomplete, "cannot be read: " + std::string(why));
  // What follows may follow on it: nothing shows that it does not.
  previous_file_.clear();
  file_.clear();
  last_.reset();
  whole_.reset();
  installation_.clear();
  torn_.clear();
}

void ChainChecker::take(const ScannedLine& line) {
  ++line_;
  ++verdict_.lines;
  ++verdict_.unsigned_lines;
  ends_segment_ = false;
  if (line.own && line.ended) {
    take_whole(line, *line.own);
  } else {
    take_torn(line);
  }
  last_ = line.hash;
}

// A line that a crash cut off is the last of its segment, and the next segment records it.
void ChainChecker::take_torn(const ScannedLine& line) {
  if (!torn_.empty() && line_ > 1) tampered("a line that is none of ours, after another one");
  if (torn_.size() == kMaxTorn) torn_.erase(torn_.begin());
  torn_.push_back(line.hash);
  torn_bytes_ = line.size;
  ++verdict_.torn_lines;
}

void ChainChecker::take_whole(const ScannedLine& line, const OwnLine& own) {
  const bool follows = !last_ || says(own.prev_hash, *last_);
  const LineKind kind = own.kind;
  if (kind == LineKind::event) {
    take_event(line, own, follows);
  } else if (kind == LineKind::segment_opened) {
    take_first_line(line, own, follows);
  }
  if (!follows && line_ > 1) {
    tampered(
        "does not follow on the line before: one of the two was changed, or lines between "
        "them are gone");
  }
  if (line_ == 1 && kind != LineKind::segment_opened) {
    tampered("a segment that does not begin with a first line");
  }
  if (kind != LineKind::segment_opened && !torn_.empty()) {
    tampered("goes on after a line that is none of ours");
    torn_.clear();
  }
  if (own.installation != installation_) {
    if (line_ > 1) tampered("of another installation than its segment");
    installation_ = own.installation;
  }
  if (!line.problem.empty()) tampered(line.problem);
  if (kind == LineKind::checkpoint) take_checkpoint(line);
  if (kind == LineKind::segments_removed) take_removed(line.text);
  whole_ = line.hash;
  event_last_ = kind == LineKind::event;
  if (verdict_.tampered == 0) sound_ = head_;
}

void ChainChecker::take_first_line(const ScannedLine& line, const OwnLine& own, bool follows) {
  if (line_ > 1) return tampered("a first line within a segment");
  const std::string name = text_of(line.text, Field::segment_name);
  const std::string previous = text_of(line.text, Field::segment_previous);
  if (name != file_) tampered("its first line names it " + name);
  if (!last_) {
    start_missing_ = own.prev_hash != kNoHash;
    start_name_ = previous;
    start_hash_ = own.prev_hash;
  }
  if (!previous_file_.empty() && previous != previous_file_) {
    tampered("follows on " + (previous.empty() ? "no segment" : previous) +
             ", which is not here: " + previous_file_ + " is before it");
  } else if (!follows || (!previous_file_.empty() && start_missing_ && !last_)) {
    tampered("does not follow on the last line of " + previous_file_ +
             ": that was changed, or lines after it are gone");
  }
  check_torn_record(line.text);
  if (!start_) {
    const bool repeats = says_true(line.text, Field::segment_repeats);
    const bool baseline = own.sequence == 1 || find_number(line.text, Field::lost_first) == 1;
    start_ = Start{start_missing_, baseline && !repeats, own.sequence};
  }
  check_first_sequence(line.text, own);
  installation_ = own.installation;
}

// Only with this record is the end of the segment before bound: nothing follows on its last whole
// line but what was cut off.
void ChainChecker::check_torn_record(std::string_view line) {
  const std::string hash = text_of(line, Field::segment_torn_hash);
  const std::uint64_t bytes = find_number(line, Field::segment_torn_bytes).value_or(0);
  if (torn_.empty() && last_ && whole_ == last_ && says(hash, *last_)) {
    // It was whole but for its line feed, which was put there when it had been given up: the event
    // comes again.
    if (event_last_) --sequence_;
    return;
  }
  const auto torn = std::exchange(torn_, {});
  if (torn.empty()) {
    if (bytes > 0 && last_) tampered("records a line that was cut off, which is not there");
    return;
  }
  std::vector<std::string> before;
  for (std::size_t i = 0; i + 1 < torn.size(); ++i) before.push_back(to_hex(torn[i]));
  const auto texts = find_texts(line, Field::segment_torn_before);
  const std::vector<std::string> recorded =
      texts ? std::vector<std::string>(texts->begin(), texts->end()) : std::vector<std::string>{};
  const std::string after = text_of(line, Field::segment_torn_after);
  const std::string want = whole_ ? to_hex(*whole_) : kNoHash;
  if (bytes != torn_bytes_ || !says(hash, torn.back()) || before != recorded) {
    tampered("records another line that was cut off than there is before it");
  } else if (after != want && whole_) {
    tampered("what was cut off before it followed on another line than there is");
  } else if (after != want) {
    start_missing_ = true;  // the first segments that are here have no whole line
  }
}

void ChainChecker::check_first_sequence(std::string_view line, const OwnLine& own) {
  const auto lost_first = find_number(line, Field::lost_first);
  const bool says_lost = lost_first && find_number(line, Field::lost_last) == own.sequence - 1;
  const std::uint64_t next = own.installation == installation_ ? sequence_ + 1 : 1;
  const std::uint64_t from = std::max(lost_first.value_or(0), next);
  if (says_lost && own.sequence > from) verdict_.lost_events += own.sequence - from;
  if (own.installation == installation_) {
    const bool repeats = says_true(line, Field::segment_repeats) && own.sequence < next;
    const bool lost = says_lost && *lost_first <= next && own.sequence > next;
    if (own.sequence != next && !repeats && !lost) {
      tampered("begins with sequence " + std::to_string(own.sequence) + " after " +
               std::to_string(sequence_));
    }
  } else {
    head_.reset();
  }
  sequence_ = own.sequence - 1;
}

void ChainChecker::take_event(const ScannedLine& line, const OwnLine& own, bool follows) {
  const std::uint64_t sequence = own.sequence;
  const std::uint64_t before = std::exchange(sequence_, sequence);
  ++verdict_.events;
  if (follows && sequence <= before) {
    tampered("comes after sequence " + std::to_string(before));
  } else if (follows && sequence > before + 1) {
    tampered("comes after sequence " + std::to_string(before) +
             ": the events between are gone, and no first line says that they were lost");
  }
  head_ = Head{line.hash, sequence};
  compare_heads(line, sequence);
}

// It names them before they go, one by one: a crash between leaves the later ones there, and the
// next record names those again.
void ChainChecker::take_removed(std::string_view line) {
  const auto names = find_texts(line, Field::removed_segments);
  if (!names || names->empty()) return;
  count_removed(*names);
  if (!start_missing_ || std::ranges::find(*names, start_name_) == names->end()) return;
  if (names->back() == start_name_ && find_text(line, Field::removed_last_hash) != start_hash_) {
    return tampered("says of " + start_name_ + ", which was removed, that it ended otherwise");
  }
  start_missing_ = false;
}

// Each once: names of segments never step back.
void ChainChecker::count_removed(const std::vector<std::string_view>& names) {
  for (const std::string_view text : names) {
    const auto name = parse_segment_name(text);
    if (!name || (removed_through_ && *name <= *removed_through_)) continue;
    removed_through_ = name;
    ++verdict_.removed_segments;
  }
}

void ChainChecker::compare_heads(const ScannedLine& line, std::uint64_t sequence) {
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const ExpectedHead& expected = options_.heads[i];
    if (expected.sequence != sequence) continue;
    if (to_hex(line.hash).starts_with(expected.hash)) {
      heads_[i].found = true;
    } else {
      heads_[i].other = Flaw{Fault::tampered, file_, line_, expected.sequence,
                             "is not the event that was seen outside (--expect-head)"};
    }
  }
}

LogVerdict ChainChecker::finish() {
  verdict_.head = to_chain_head(head_);
  verdict_.sound = to_chain_head(sound_);
  verdict_.torn_lines -= std::min<std::uint64_t>(verdict_.torn_lines, torn_.size());
  if (verdict_.lines == 0) {
    flaw(Fault::incomplete, verdict_.segments == 0 ? "there is no segment" : "there is no line");
    return std::move(verdict_);
  }
  if (!torn_.empty()) {
    flaw(Fault::incomplete, "the last line is cut off, and no segment after it says so");
  } else if (line_ == 0) {
    flaw(Fault::incomplete, "is empty");
  }
  if (ends_segment_) {
    flaw(Fault::incomplete, "the segment after it is not here");
  }
  if (!whole_) flaw(Fault::incomplete, "there is no line of ours");
  file_.clear();
  if (start_missing_) {
    flaw(Fault::incomplete,
         "what was before the first segment is not here, and no segments-removed "
         "names it" +
             (start_name_.empty() ? "" : ": " + start_name_));
  }
  finish_signatures();
  finish_heads();
  return std::move(verdict_);
}

}  // namespace wgaudit
