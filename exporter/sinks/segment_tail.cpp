#include <algorithm>
#include <ranges>
#include <utility>

#include "exporter/sinks/segment_directory.hpp"

namespace wgaudit {
namespace {

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

}  // namespace

std::expected<SegmentsTail, Error> read_tail(const SegmentDirectory& directory) {
  const auto names = directory.segments();
  if (!names) return std::unexpected(names.error());
  SegmentsTail tail;
  for (const SegmentName& name : std::views::reverse(*names)) {
    auto scan = directory.scan(name);
    if (!scan) return std::unexpected(scan.error());
    if (!tail.newest) tail.newest = name;
    const bool more = complete_own(tail.own, scan->own);
    if (!tail.last && scan->bytes > 0) {
      tail.last = name;
      tail.last_scan = std::move(*scan);
    }
    if (!more) break;
  }
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
  return WrittenTail{own->installation, own->sequence};
}

}  // namespace wgaudit
