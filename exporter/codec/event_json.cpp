#include "exporter/codec/event_json.hpp"

#include <algorithm>

#include "exporter/codec/event_line.hpp"
#include "exporter/codec/event_values.hpp"

namespace wgaudit {
namespace {

// Room for what has a fixed form: the longest word of a fact, the categories of an action, a digest
// in a list.
constexpr LineLimits kLeast{.text = 24, .list = 80};

LineLimits halved(const LineLimits& limits) {
  return {std::max(kLeast.text, limits.text / 2), std::max(kLeast.list, limits.list / 2)};
}

bool is_least(const LineLimits& limits) {
  return limits.text == kLeast.text && limits.list == kLeast.list;
}

}  // namespace

std::string to_ecs(const Event& event, const EventOrigin& origin, std::string_view installation,
                   std::string_view prev_hash) {
  EventValues values(event, origin, installation, prev_hash);
  ListDigests digests;
  LineLimits limits;
  for (bool marked = false;;) {
    EventLine line(limits, digests);
    for (const FieldInfo& field : fields()) {
      if (const Value* value = values[field.field]) line.add(field, *value);
    }
    if (line.cut() && !marked) {
      marked = true;
      values.mark_truncated();
      continue;
    }
    std::string text = line.take();
    if (text.size() <= kMaxLineBytes || is_least(limits)) return text;
    limits = halved(limits);
  }
}

}  // namespace wgaudit
