#include "exporter/sinks/segment_scan.hpp"

#include "exporter/codec/event_json.hpp"

namespace wgaudit {

void SegmentScanner::add(std::string_view bytes) {
  scan_.bytes += bytes.size();
  while (!bytes.empty()) {
    const std::size_t line_end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, line_end);
    if (!hash_) hash_ = std::make_unique<Sha256>();
    hash_->add(piece);
    line_bytes_ += piece.size();
    if (line_bytes_ <= kMaxLineBytes) line_.append(piece);
    if (line_end == std::string_view::npos) return;
    end_line();
    bytes.remove_prefix(line_end + 1);
  }
}

SegmentScan SegmentScanner::finish() {
  if (!hash_) return std::move(scan_);
  scan_.line_open = true;
  if (line_bytes_ <= kMaxLineBytes && is_whole_object(line_)) {
    end_line();
  } else {
    scan_.torn_bytes = line_bytes_;
    scan_.last_hash = hash_->hex();
    scan_.is_signed = false;
  }
  return std::move(scan_);
}

void SegmentScanner::end_line() {
  const std::string hash = hash_->hex();
  const bool first = scan_.last_hash.empty();
  const auto own = line_bytes_ <= kMaxLineBytes ? read_own_line(line_) : std::nullopt;
  scan_.torn_bytes = own ? 0 : line_bytes_;
  if (!own || (!first && own->prev_hash != scan_.last_hash)) scan_.intact = false;
  if (own) {
    if (first) scan_.opened = own->kind == LineKind::segment_opened;
    take(*own, hash);
    scan_.whole_hash = hash;
  }
  scan_.is_signed = own && own->kind == LineKind::checkpoint;
  if (scan_.is_signed) {
    scan_.checkpoint =
        CheckpointMark{find_time(line_).value_or(WallTime{}),
                       std::string(find_text(line_, Field::checkpoint_key_id).value_or(""))};
  }
  scan_.last_hash = hash;
  hash_ = nullptr;
  line_.clear();
  line_bytes_ = 0;
}

void SegmentScanner::take(const OwnLine& line, const std::string& hash) {
  scan_.format = line.format;
  if (!scan_.own || scan_.own->installation != line.installation) {
    scan_.own = OwnTail{std::string(line.installation), 0, 0, {}};
  }
  OwnTail& tail = *scan_.own;
  if (line.kind == LineKind::segment_opened) tail.sequence = line.sequence - 1;
  if (line.kind == LineKind::event) {
    tail.sequence = line.sequence;
    tail.head = {hash, line.sequence};
  }
  if (scan_.intact) tail.intact = tail.sequence;
}

}  // namespace wgaudit
