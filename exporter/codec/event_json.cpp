#include "exporter/codec/event_json.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "exporter/codec/event_line.hpp"
#include "exporter/codec/event_values.hpp"

namespace wgaudit {
namespace {

struct FormatName {
  std::string_view name;
  EventFormat format;
};
constexpr FormatName kEventFormats[] = {{"ecs", EventFormat::ecs}, {"ocsf", EventFormat::ocsf}};

}  // namespace

std::optional<EventFormat> parse_event_format(std::string_view name) {
  const auto* found = std::ranges::find(kEventFormats, name, &FormatName::name);
  return found == std::end(kEventFormats) ? std::nullopt : std::optional(found->format);
}

std::string_view to_string(EventFormat format) {
  return kEventFormats[static_cast<std::size_t>(format)].name;
}

std::string encode(const Event& event, EventFormat format, const EventOrigin& origin,
                   std::string_view installation, std::string_view prev_hash) {
  return format == EventFormat::ocsf ? to_ocsf(event, origin, installation, prev_hash)
                                     : to_ecs(event, origin, installation, prev_hash);
}

std::string to_ecs(const Event& event, const EventOrigin& origin, std::string_view installation,
                   std::string_view prev_hash) {
  EventValues values(event, origin, installation, prev_hash);
  return write_line([&](EventLine& line, bool truncated) {
    if (truncated) values.mark_truncated();
    for (const FieldInfo& field : fields()) {
      if (const Value* value = values[field.field]) {
        line.add(member_of(field.field, field.ecs), *value);
      }
    }
    if (!origin.tags.empty()) line.add({kTagsPath}, origin.tags);
  });
}

void set_prev_hash(std::string& line, std::string_view hash) {
  // Within a text its quotes are escaped: it begins so nowhere else.
  constexpr std::string_view kMember = "\"prev_hash\":\"sha256:";
  const std::size_t at = line.find(kMember);
  assert(at != std::string::npos && hash.size() == kUnknownHash.size());
  line.replace(at + kMember.size(), hash.size(), hash);
}

}  // namespace wgaudit
