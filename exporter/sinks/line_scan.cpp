#include "exporter/sinks/line_scan.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>

#include "audit/event.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMaxDepth = 32;

// Goes through a text value by value. Every function says whether it found what it looked for, and
// then stands behind it.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] bool take(char wanted) {
    skip_blanks();
    if (at_end() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  // With its quotes.
  [[nodiscard]] std::optional<std::string_view> string() {
    skip_blanks();
    const std::size_t begin = at_;
    return skip_string() ? std::optional(text_.substr(begin, at_ - begin)) : std::nullopt;
  }
  [[nodiscard]] std::optional<std::string_view> value() {
    skip_blanks();
    const std::size_t begin = at_;
    if (at_end() || !skip_value()) return std::nullopt;
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_blanks() {
    while (!at_end() && text_[at_] == ' ') ++at_;
  }
  bool skip_string() {
    if (at_end() || text_[at_] != '"') return false;
    for (++at_; !at_end(); ++at_) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') ++at_;
      if (at_end()) return false;
    }
    return false;
  }
  bool skip_value() {
    const char first = text_[at_];
    if (first == '"') return skip_string();
    if (first == '{' || first == '[') return skip_brackets();
    const std::size_t begin = at_;
    while (!at_end() && std::string_view("-+.0123456789aeflnrstuE").contains(text_[at_])) ++at_;
    return at_ > begin;
  }
  bool skip_brackets() {
    std::string open;  // the brackets that would close what is open
    while (!at_end()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!skip_string()) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      ++at_;
      if (c == '{' || c == '[') {
        if (open.size() == kMaxDepth) return false;
        open += c == '{' ? '}' : ']';
      } else if (c == '}' || c == ']') {
        if (open.back() != c) return false;
        open.pop_back();
        if (open.empty()) return true;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<std::string_view> find_member(std::string_view object, std::string_view name) {
  Scanner scanner(object);
  if (!scanner.take('{')) return std::nullopt;
  do {
    const auto found = scanner.string();
    if (!found || !scanner.take(':')) return std::nullopt;
    const auto value = scanner.value();
    if (!value || found->substr(1, found->size() - 2) == name) return value;
  } while (scanner.take(','));
  return std::nullopt;
}

// Of a string that needs no escapes, as all have that are looked for here.
std::optional<std::string_view> find_text(std::string_view line, std::string_view path) {
  const auto value = find_value(line, path);
  if (!value || value->size() < 3 || value->front() != '"' || value->contains('\\')) {
    return std::nullopt;
  }
  return value->substr(1, value->size() - 2);
}

std::optional<std::uint64_t> find_number(std::string_view line, std::string_view path) {
  const auto value = find_value(line, path);
  std::uint64_t number = 0;
  if (!value) return std::nullopt;
  const char* const end = value->data() + value->size();
  const auto parsed = std::from_chars(value->data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end || number == 0) return std::nullopt;
  return number;
}

// Where a line of each format says it.
struct LinePaths {
  EventFormat format;
  std::string_view first_member;  // of every line: what tells the formats apart
  std::string_view prev_hash, installation, sequence, action, first_sequence;
};
std::string_view ecs_path(Field field) { return field_info(field).ecs; }
const LinePaths kPaths[] = {
    {EventFormat::ecs, "@timestamp", ecs_path(Field::prev_hash), ecs_path(Field::installation),
     ecs_path(Field::event_sequence), ecs_path(Field::event_action),
     ecs_path(Field::segment_first_sequence)},
    {EventFormat::ocsf, "time", "unmapped.wireguard.audit.prev_hash",
     "unmapped.wireguard.audit.installation", "metadata.sequence", "metadata.event_code",
     "unmapped.wireguard.segment.first_sequence"},
};

const LinePaths* paths_of(std::string_view line) {
  Scanner scanner(line);
  if (!scanner.take('{')) return nullptr;
  const auto name = scanner.string();
  if (!name) return nullptr;
  const auto* found =
      std::ranges::find(kPaths, name->substr(1, name->size() - 2), &LinePaths::first_member);
  return found == std::end(kPaths) ? nullptr : found;
}

}  // namespace

bool is_whole_object(std::string_view text) {
  if (!text.starts_with('{')) return false;
  Scanner scanner(text);
  return scanner.value() && scanner.at_end();
}

std::optional<std::string_view> find_value(std::string_view object, std::string_view path) {
  for (;;) {
    const std::size_t dot = path.find('.');
    const auto value = find_member(object, path.substr(0, dot));
    if (!value || dot == std::string_view::npos) return value;
    object = *value;
    path.remove_prefix(dot + 1);
  }
}

std::optional<OwnLine> read_own_line(std::string_view line) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr std::size_t kHashSize = 64;
  if (!is_whole_object(line)) return std::nullopt;
  const LinePaths* paths = paths_of(line);
  if (paths == nullptr) return std::nullopt;
  auto prev_hash = find_text(line, paths->prev_hash);
  const auto installation = find_text(line, paths->installation);
  if (!prev_hash || !installation) return std::nullopt;
  if (prev_hash->starts_with(kPrefix)) prev_hash->remove_prefix(kPrefix.size());
  if (prev_hash->size() != kHashSize) return std::nullopt;
  OwnLine own{paths->format, *installation, *prev_hash};
  if (const auto sequence = find_number(line, paths->sequence)) {
    own.sequence = *sequence;
    return own;
  }
  const auto next = find_number(line, paths->first_sequence);
  if (find_text(line, paths->action) != to_string(Action::segment_opened) || !next) {
    return std::nullopt;
  }
  own.opens_segment = true;
  own.sequence = *next;
  return own;
}

}  // namespace wgaudit
