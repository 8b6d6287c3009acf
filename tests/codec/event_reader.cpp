#include "tests/codec/event_reader.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit::test {
namespace {

using Json = nlohmann::json;

Json::json_pointer pointer_to(Field field) {
  std::string path = '/' + std::string(field_info(field).ecs);
  for (char& c : path) {
    if (c == '.') c = '/';
  }
  return Json::json_pointer(path);
}

template <typename T>
T get(const Json& line, Field field, T otherwise = {}) {
  const auto pointer = pointer_to(field);
  return line.contains(pointer) ? line.at(pointer).get<T>() : otherwise;
}

WallTime time_of(const std::string& text) { return parse_rfc3339(text).value(); }

Value value_of(const Json& value, FieldType type) {
  switch (type) {
    case FieldType::keyword:
    case FieldType::ip:
      return value.get<std::string>();
    case FieldType::keywords:
    case FieldType::ips:
      return value.get<std::vector<std::string>>();
    case FieldType::number:
      return value.get<std::int64_t>();
    case FieldType::boolean:
      return value.get<bool>();
    case FieldType::date:
      return time_of(value.get<std::string>());
    case FieldType::event_id:
      return EventRef{1};
    case FieldType::session_id:
      return SessionRef{1};
  }
  return false;
}

EventKind kind_of(const std::string& word) {
  for (const EventKind kind : {EventKind::event, EventKind::alert, EventKind::state}) {
    if (to_string(kind) == word) return kind;
  }
  throw std::runtime_error("event.kind");
}

ReadEvent read(const Json& line) {
  ReadEvent read;
  Event& event = read.event;
  event.action = find_action(get<std::string>(line, Field::event_action))->action;
  event.sequence = get<std::uint64_t>(line, Field::event_sequence);
  event.at = time_of(get<std::string>(line, Field::timestamp));
  if (line.contains(pointer_to(Field::observed_after))) {
    event.observed_after = time_of(get<std::string>(line, Field::observed_after));
  }
  event.kind = kind_of(get<std::string>(line, Field::event_kind));
  event.severity = static_cast<Severity>(get<int>(line, Field::event_severity));
  event.netns = get<std::string>(line, Field::interface_netns);
  event.interface = get<std::string>(line, Field::interface_name);
  event.public_key = parse_key(get<std::string>(line, Field::peer_public_key));
  for (const FieldInfo& field : fields()) {
    const auto pointer = pointer_to(field.field);
    if (!line.contains(pointer)) continue;
    event.facts.push_back({field.field, value_of(line.at(pointer), field.type)});
  }
  read.origin = {get<std::string>(line, Field::gateway_name),
                 get<std::string>(line, Field::host_name), get<std::string>(line, Field::host_id),
                 get<std::string>(line, Field::observer_version)};
  if (line.contains(kTagsPath)) {
    read.origin.tags = line[std::string(kTagsPath)].get<std::vector<std::string>>();
  }
  read.installation = get<std::string>(line, Field::installation);
  read.prev_hash = get<std::string>(line, Field::prev_hash);
  if (read.prev_hash.starts_with("sha256:")) read.prev_hash.erase(0, 7);
  return read;
}

// Without what is a digest of what the line does not say.
Json comparable(Json line) {
  for (const Field field : {Field::session_id, Field::finding_id, Field::finding_burst_id,
                            Field::rotation_added_id, Field::rotation_removed_id}) {
    const auto pointer = pointer_to(field);
    if (line.contains(pointer)) line.at(pointer) = "";
  }
  return line;
}

}  // namespace

std::expected<ReadEvent, std::string> read_ecs(const std::string& line) {
  try {
    const Json whole = Json::parse(line);
    ReadEvent result = read(whole);
    if (get<bool>(whole, Field::truncated)) return result;
    const Json again =
        Json::parse(to_ecs(result.event, result.origin, result.installation, result.prev_hash));
    if (comparable(whole) == comparable(again)) return result;
    return std::unexpected(Json::diff(comparable(whole), comparable(again)).dump());
  } catch (const std::exception& error) {
    return std::unexpected(std::string(error.what()));
  }
}

}  // namespace wgaudit::test
