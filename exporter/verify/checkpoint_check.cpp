// Signatures, and heads that were seen outside.
//
// A signature has to cover the very place where it stands. journald's verifier once did not check
// that an entry was sealed with the key of its own time, and took a log that was sealed anew
// (CVE-2023-31439): here a checkpoint names segment, last sequence and key, all of it signed, and
// each is held against what the files show.
#include <algorithm>
#include <utility>

#include "exporter/signing/signature.hpp"
#include "exporter/verify/chain_checker.hpp"

namespace wgaudit {

void ChainChecker::take_checkpoint(const ScannedLine& line) {
  ++verdict_.checkpoints;
  const std::string key_id(find_text(line.text, Field::checkpoint_key_id).value_or(""));
  if (std::string problem = checkpoint_problem(line.text, key_id); !problem.empty()) {
    return tampered("checkpoint " + problem);
  }
  const auto at = find_time(line.text);
  checkpoint_at_ = at;
  ends_segment_ = find_text(line.text, Field::event_reason) == "segment_end";
  verdict_.unsigned_lines = 0;
  count_key(key_id);
  if (verdict_.tampered > 0) return;
  const Head head = head_.value_or(Head{{}, sequence_});
  verdict_.signed_up_to =
      SignedUpTo{{to_hex(head.hash), head.sequence}, at.value_or(WallTime{}), key_id};
}

// "" where there is none.
std::string ChainChecker::checkpoint_problem(std::string_view line, std::string_view key_id) {
  const auto at = find_time(line);
  if (!at) return "has no time";
  if (checkpoint_at_ && *at < *checkpoint_at_) return "is older than the one before";
  if (find_text(line, Field::segment_name) != file_) return "is of another segment";
  if (find_number(line, Field::checkpoint_last_sequence) != sequence_) {
    return "is of another sequence";
  }
  const auto split = split_signature(line);
  if (!split || split->signature != find_text(line, Field::checkpoint_signature)) {
    return "has no signature";
  }
  if (options_.keys.empty()) return "";
  const auto key = std::ranges::find(options_.keys, key_id, &VerifyingKey::id);
  if (key == options_.keys.end())
    return "is of key " + std::string(key_id) + ", which was not given";
  if (!key->verify(split->text, split->signature)) return "has a wrong signature";
  // A key that was replaced may be known to others by then.
  const auto used = std::ranges::find(verdict_.keys, key_id, &KeyUse::key_id);
  if (used != verdict_.keys.end() && used + 1 != verdict_.keys.end()) {
    return "is of a key that was replaced before";
  }
  return "";
}

void ChainChecker::count_key(std::string_view key_id) {
  if (verdict_.keys.empty() || verdict_.keys.back().key_id != key_id) {
    verdict_.keys.push_back({std::string(key_id), 0, sequence_, sequence_});
  }
  KeyUse& use = verdict_.keys.back();
  ++use.checkpoints;
  use.last_sequence = sequence_;
}

void ChainChecker::finish_signatures() {
  if (options_.keys.empty()) return;
  if (verdict_.keys.empty()) {
    flaw(Fault::incomplete, "nothing is signed: there is no checkpoint that holds");
  } else if (verdict_.unsigned_lines > 0) {
    const bool one = verdict_.unsigned_lines == 1;
    flaw(Fault::incomplete, std::to_string(verdict_.unsigned_lines) +
                                (one ? " line after the last checkpoint is not signed"
                                     : " lines after the last checkpoint are not signed"));
  }
}

// Whether an event of that number may have stood before the first segment that is here: earlier in
// its installation, or in one before it, which counted from 1 too.
bool ChainChecker::may_be_gone(std::uint64_t sequence) const {
  if (!start_ || !start_->is_gone) return false;
  return start_->is_baseline || sequence < start_->first_sequence;
}

void ChainChecker::finish_heads() {
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i].found) continue;
    const std::uint64_t sequence = options_.heads[i].sequence;
    const std::string which = "sequence " + std::to_string(sequence) + " (--expect-head)";
    if (auto& other = heads_[i].other) {
      if (may_be_gone(sequence)) {
        other->fault = Fault::incomplete;
        other->what += ", which may have been before these files";
      }
      verdict_.add(std::move(*other));
    } else if (may_be_gone(sequence)) {
      flaw(Fault::incomplete, which + " is not in these files, but may have been before them");
    } else if (sequence > sequence_) {
      // It was there once: an end that is cut off is the one thing that no chain shows.
      tampered("the log ends before " + which);
    } else {
      flaw(Fault::incomplete, which + " is not in these files");
    }
  }
}

}  // namespace wgaudit
