#include <algorithm>
#include <ranges>
#include <utility>

#include "exporter/sinks/segment_directory.hpp"

namespace wgaudit {
namespace {

// Of segments that are read for a checkpoint alone. A log that was never signed has none.
constexpr unsigned kMaxFurther = 3;

// Takes what an older segment says of the last event, where the newer ones have a first line alone.
// False: there is nothing more to look for.
bool complete_own(std::optional<OwnTail>& own, const std::optional<OwnTail>& older) {
  if (!older) return true;
  if (!own) {
    own = older;
  } else if (own->installation != older->installation || own->sequence != older->sequence) {
    return false;
  } else {
    own->head = older->head;
  }
  return own->head.hash.empty();
}

void complete_torn(SegmentsTail& tail, const SegmentScan& older) {
  if (!tail.whole_hash.empty()) return;
  if (older.torn_bytes > 0) tail.torn.insert(tail.torn.begin(), older.last_hash);
  tail.whole_hash = older.whole_hash;
}

// How far those went that `tail` has since followed: a backup can be of one of them. An
// installation begins with a segment, so first lines say which segment is the last of each.
std::expected<void, Error> add_earlier(const SegmentDirectory& directory, WrittenTail& tail) {
  const auto names = directory.segments();
  if (!names) return std::unexpected(names.error());
  for (const SegmentName& name : std::views::reverse(*names)) {
    const auto line = directory.first_line(name);
    if (!line) return std::unexpected(line.error());
    const auto own = read_own_line(*line);
    if (!own || own->installation == tail.installation) continue;
    const std::string installation(own->installation);
    if (tail.earlier.contains(installation)) continue;
    const auto scan = directory.scan(name);
    if (!scan) return std::unexpected(scan.error());
    const auto& last = scan->own;
    if (last && last->installation == installation) tail.earlier[installation] = last->sequence;
  }
  return {};
}

}  // namespace

std::expected<SegmentsTail, Error> read_tail(const SegmentDirectory& directory,
                                             bool for_checkpoint) {
  const auto names = directory.segments();
  if (!names) return std::unexpected(names.error());
  SegmentsTail tail;
  bool more_of_own = true;
  unsigned further = for_checkpoint ? kMaxFurther : 0;
  for (const SegmentName& name : std::views::reverse(*names)) {
    auto scan = directory.scan(name);
    if (!scan) return std::unexpected(scan.error());
    if (!tail.newest) tail.newest = name;
    complete_torn(tail, *scan);
    if (!tail.checkpoint) tail.checkpoint = scan->checkpoint;
    more_of_own = more_of_own && complete_own(tail.own, scan->own);
    if (!tail.last && scan->bytes > 0) {
      tail.last = name;
      tail.last_scan = std::move(*scan);
    }
    if (more_of_own) continue;
    if (tail.checkpoint || further == 0) break;
    --further;
  }
  if (tail.whole_hash.empty()) tail.whole_hash = std::string(64, '0');
  tail.last_hash = tail.last ? tail.last_scan.last_hash : std::string(64, '0');
  return tail;
}

std::expected<std::optional<WrittenTail>, Error> written_tail(const std::string& directory) {
  const auto opened = SegmentDirectory::open_to_read(directory);
  if (!opened) return std::unexpected(opened.error());
  if (*opened == nullptr) return std::nullopt;
  const auto tail = read_tail(**opened);
  if (!tail) return std::unexpected(tail.error());
  const std::optional<OwnTail>& own = tail->own;
  if (!own) return std::nullopt;
  WrittenTail written{own->installation, own->sequence};
  if (const auto added = add_earlier(**opened, written); !added) {
    return std::unexpected(added.error());
  }
  return written;
}

}  // namespace wgaudit
