#include "exporter/codec/event_line.hpp"

#include <algorithm>
#include <iterator>

#include "exporter/codec/sha256.hpp"

namespace wgaudit {
namespace {

// Keys, digests and names made of them: half of one names nothing, so they are never cut.
constexpr Field kWhole[] = {
    Field::prev_hash,         Field::installation,
    Field::segment_torn_hash, Field::interface_public_key,
    Field::peer_public_key,   Field::peer_key_sha256,
    Field::before_public_key, Field::after_public_key,
    Field::session_id,        Field::finding_id,
    Field::finding_burst_id,  Field::rotation_previous_key,
    Field::rotation_added_id, Field::rotation_removed_id,
    Field::inventory_sha256,  Field::event_id,
};

constexpr std::size_t kLongestWhole = 71;  // "sha256:" and a digest

bool is_whole(Field field, std::string_view text) {
  return text.size() <= kLongestWhole && std::ranges::find(kWhole, field) != std::end(kWhole);
}

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

// Closes and opens objects until the path's is open; returns the last name of the path.
std::string_view EventLine::move_to(std::string_view path) {
  const auto is_inside = [&] {
    return open_.empty() ||
           (path.size() > open_.size() && path.starts_with(open_) && path[open_.size()] == '.');
  };
  while (!is_inside()) {
    out_.end_object();
    const std::size_t dot = open_.rfind('.');
    open_ = dot == std::string_view::npos ? std::string_view{} : open_.substr(0, dot);
  }
  std::size_t begin = open_.empty() ? 0 : open_.size() + 1;
  for (std::size_t dot = path.find('.', begin); dot != std::string_view::npos;
       dot = path.find('.', begin)) {
    out_.key(path.substr(begin, dot - begin));
    out_.begin_object(JsonWriter::Layout::compact);
    open_ = path.substr(0, dot);
    begin = dot + 1;
  }
  return path.substr(begin);
}

void EventLine::add_list(const FieldInfo& field, std::string_view name,
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
  if (!has_count(field)) return;
  auto& digest = digests_[field.field];
  if (digest.empty()) digest = digest_of(entries);
  out_.number(std::string(name) + std::string(kCountSuffix), entries.size());
  out_.text(std::string(name) + std::string(kDigestSuffix), digest);
}

void EventLine::add(const FieldInfo& field, const Value& value) {
  const std::string_view name = move_to(field.ecs);
  out_.key(name);
  if (const auto* text = std::get_if<std::string>(&value)) {
    const bool whole = is_whole(field.field, *text);
    cut_ = !out_.text_within(*text, whole ? std::string_view::npos : limits_.text) || cut_;
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out_.integer(*number);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out_.boolean(*flag);
  } else if (const auto* time = std::get_if<WallTime>(&value)) {
    out_.text(to_rfc3339(*time));
  } else if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    add_list(field, name, *list);
  } else {
    out_.null();  // a reference that EventValues did not resolve: there is none
  }
}

std::string EventLine::take() {
  while (!open_.empty()) {
    out_.end_object();
    const std::size_t dot = open_.rfind('.');
    open_ = dot == std::string_view::npos ? std::string_view{} : open_.substr(0, dot);
  }
  out_.end_object();
  return out_.take_line();
}

}  // namespace wgaudit
