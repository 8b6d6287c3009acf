#include "exporter/codec/event_line.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "exporter/codec/event_json.hpp"
#include "exporter/codec/sha256.hpp"

namespace wgaudit {
namespace {

// Keys, digests and names made of them: half of one names nothing, so they are never cut.
struct WholeField {
  Field field;
  std::size_t longest = kLongestName;
};
constexpr WholeField kWhole[] = {
    {Field::prev_hash, std::string_view("sha256:").size() + kLongestName},
    {Field::checkpoint_signature, 128},
    {Field::installation},
    {Field::segment_torn_hash},
    {Field::segment_torn_after},
    {Field::checkpoint_key_id},
    {Field::checkpoint_previous_key_id},
    {Field::removed_last_hash},
    {Field::interface_public_key},
    {Field::peer_public_key},
    {Field::peer_key_sha256},
    {Field::before_public_key},
    {Field::after_public_key},
    {Field::session_id},
    {Field::finding_id},
    {Field::finding_burst_id},
    {Field::rotation_previous_key},
    {Field::rotation_added_id},
    {Field::rotation_removed_id},
    {Field::inventory_sha256},
    {Field::event_id},
};

// Room for what has a fixed form: the longest word of a fact, the categories of an action, a digest
// in a list.
constexpr LineLimits kLeast{.text = 24, .list = 80};

LineLimits halved(const LineLimits& limits) {
  return {std::max(kLeast.text, limits.text / 2), std::max(kLeast.list, limits.list / 2)};
}

bool is_least(const LineLimits& limits) {
  return limits.text == kLeast.text && limits.list == kLeast.list;
}

std::string_view parent_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

constexpr std::string_view kList = "[]";

std::string digest_of(const std::vector<std::string>& entries) {
  Sha256 digest;
  for (const std::string& entry : entries) {
    digest.add(entry);
    digest.add("\n");
  }
  return digest.hex();
}

}  // namespace

bool has_count(const FieldInfo& field) {
  return field.type == FieldType::keywords && field.ecs.starts_with("wireguard.");
}

LineMember member_of(Field field, std::string_view path) {
  static const auto members = [] {
    std::array<LineMember, kFields> made;
    for (const FieldInfo& info : fields()) {
      made[static_cast<std::size_t>(info.field)].counted = has_count(info);
    }
    for (const WholeField& whole : kWhole) {
      made[static_cast<std::size_t>(whole.field)].whole = whole.longest;
    }
    return made;
  }();
  LineMember member = members[static_cast<std::size_t>(field)];
  member.path = path;
  return member;
}

void EventLine::close() {
  out_.end_object();
  if (open_.ends_with(kList)) out_.end_array();
  open_ = parent_of(open_);
}

// Closes and opens objects until the path's is open; returns the last name of the path.
std::string_view EventLine::move_to(std::string_view path) {
  const auto is_inside = [&] {
    return open_.empty() ||
           (path.size() > open_.size() && path.starts_with(open_) && path[open_.size()] == '.');
  };
  while (!is_inside()) close();
  std::size_t begin = open_.empty() ? 0 : open_.size() + 1;
  for (std::size_t dot = path.find('.', begin); dot != std::string_view::npos;
       dot = path.find('.', begin)) {
    std::string_view name = path.substr(begin, dot - begin);
    const bool list = name.ends_with(kList);
    if (list) name.remove_suffix(kList.size());
    out_.key(name);
    if (list) out_.begin_array(JsonWriter::Layout::compact);
    out_.begin_object(JsonWriter::Layout::compact);
    open_ = path.substr(0, dot);
    begin = dot + 1;
  }
  return path.substr(begin);
}

void EventLine::add_list(const LineMember& member, std::string_view name,
                         const std::vector<std::string>& entries) {
  out_.begin_array(JsonWriter::Layout::compact);
  const std::size_t begin = out_.size();
  bool whole = true;
  for (const std::string& entry : entries) {
    if (out_.size() - begin + std::min(entry.size(), limits_.text) > limits_.list) {
      whole = false;
      break;
    }
    whole = out_.text_within(entry, limits_.text) && whole;
  }
  out_.end_array();
  if (whole) return;
  cut_ = true;
  if (!member.counted) return;
  auto& digest = digests_[member.path];
  if (digest.empty()) digest = digest_of(entries);
  out_.number(std::string(name) + std::string(kCountSuffix), entries.size());
  out_.text(std::string(name) + std::string(kDigestSuffix), digest);
}

void EventLine::add(const LineMember& member, const Value& value) {
  const std::string_view name = move_to(member.path);
  out_.key(name);
  if (const auto* text = std::get_if<std::string>(&value)) {
    const bool whole = text->size() <= member.whole;
    cut_ = !out_.text_within(*text, whole ? std::string_view::npos : limits_.text) || cut_;
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out_.integer(*number);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out_.boolean(*flag);
  } else if (const auto* time = std::get_if<WallTime>(&value)) {
    out_.text(to_rfc3339(*time));
  } else if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    add_list(member, name, *list);
  } else {
    out_.null();  // a reference that EventValues did not resolve: there is none
  }
}

void EventLine::add_observables(std::string_view path, std::span<const Observable> observables) {
  constexpr std::size_t kFrame = 64;  // bytes of one beside name, caption and value
  out_.key(move_to(path));
  out_.begin_array(JsonWriter::Layout::compact);
  const std::size_t begin = out_.size();
  for (const Observable& one : observables) {
    const std::size_t size =
        kFrame + one.name.size() + one.type.size() + std::min(one.value.size(), limits_.text);
    if (out_.size() - begin + size > limits_.list) {
      cut_ = true;
      break;
    }
    out_.begin_object(JsonWriter::Layout::compact);
    out_.text("name", one.name);
    out_.key("type_id");
    out_.integer(one.type_id);
    out_.text("type", one.type);
    out_.key("value");
    cut_ = !out_.text_within(one.value, limits_.text) || cut_;
    out_.end_object();
  }
  out_.end_array();
}

std::string EventLine::take() {
  while (!open_.empty()) close();
  out_.end_object();
  return out_.take_line();
}

std::string write_line(const std::function<void(EventLine& line, bool truncated)>& write) {
  ListDigests digests;
  LineLimits limits;
  for (bool truncated = false;;) {
    EventLine line(limits, digests);
    write(line, truncated);
    if (line.cut() && !truncated) {
      truncated = true;
      continue;
    }
    std::string text = line.take();
    if (text.size() <= kMaxLineBytes || is_least(limits)) return text;
    limits = halved(limits);
  }
}

}  // namespace wgaudit
