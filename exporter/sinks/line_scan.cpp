#include "exporter/sinks/line_scan.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>

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
std::optional<std::string_view> plain_text(std::string_view value) {
  if (value.size() < 3 || value.front() != '"' || value.contains('\\')) return std::nullopt;
  return value.substr(1, value.size() - 2);
}

// Of a line without a sequence.
std::optional<LineKind> kind_of(std::string_view action) {
  if (action == to_string(Action::segment_opened)) return LineKind::segment_opened;
  if (action == to_string(Action::checkpoint)) return LineKind::checkpoint;
  if (action == to_string(Action::segments_removed)) return LineKind::segments_removed;
  return std::nullopt;
}

// By the first member, which every line has.
std::optional<EventFormat> format_of(std::string_view line) {
  Scanner scanner(line);
  const auto name = scanner.take('{') ? scanner.string() : std::nullopt;
  if (name == "\"@timestamp\"") return EventFormat::ecs;
  if (name == "\"time\"") return EventFormat::ocsf;
  return std::nullopt;
}

// Where OCSF has a field of ECS; those of `wireguard` stand in `unmapped`.
struct OcsfHome {
  Field field;
  std::string_view path;
};
constexpr OcsfHome kOcsfHomes[] = {
    {Field::event_sequence, "metadata.sequence"},
    {Field::event_action, "metadata.event_code"},
    {Field::event_reason, "status_detail"},
    {Field::timestamp, "time"},
};

std::optional<std::string_view> find_field(std::string_view line, Field field) {
  const auto format = format_of(line);
  if (!format) return std::nullopt;
  const std::string_view path = field_info(field).ecs;
  if (*format == EventFormat::ecs) return find_value(line, path);
  const auto* home = std::ranges::find(kOcsfHomes, field, &OcsfHome::field);
  if (home != std::end(kOcsfHomes)) return find_value(line, home->path);
  const auto unmapped = find_value(line, "unmapped");
  return unmapped ? find_value(*unmapped, path) : std::nullopt;
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

std::optional<std::string_view> find_text(std::string_view line, Field field) {
  const auto value = find_field(line, field);
  return value ? plain_text(*value) : std::nullopt;
}

std::optional<std::uint64_t> find_number(std::string_view line, Field field) {
  const auto value = find_field(line, field);
  std::uint64_t number = 0;
  if (!value) return std::nullopt;
  const char* const end = value->data() + value->size();
  const auto parsed = std::from_chars(value->data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return number;
}

std::optional<std::vector<std::string_view>> find_texts(std::string_view line, Field field) {
  const auto value = find_field(line, field);
  if (!value) return std::nullopt;
  Scanner scanner(*value);
  if (!scanner.take('[')) return std::nullopt;
  std::vector<std::string_view> texts;
  do {
    const auto text = scanner.string();
    const auto plain = text ? plain_text(*text) : std::nullopt;
    if (!plain) return std::nullopt;
    texts.push_back(*plain);
  } while (scanner.take(','));
  return scanner.take(']') ? std::optional(std::move(texts)) : std::nullopt;
}

std::optional<WallTime> find_time(std::string_view line) {
  if (const auto text = find_text(line, Field::timestamp)) return parse_rfc3339(*text);
  const auto milliseconds = find_number(line, Field::timestamp);
  if (!milliseconds) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(*milliseconds);
  return from_timespec(whole / 1000, whole % 1000 * 1'000'000);
}

bool says_true(std::string_view line, Field field) { return find_field(line, field) == "true"; }

std::optional<OwnLine> read_own_line(std::string_view line) {
  constexpr std::string_view kPrefix = "sha256:";
  constexpr std::size_t kHashSize = 64;
  if (!is_whole_object(line)) return std::nullopt;
  const auto format = format_of(line);
  if (!format) return std::nullopt;
  auto prev_hash = find_text(line, Field::prev_hash);
  const auto installation = find_text(line, Field::installation);
  if (!prev_hash || !installation) return std::nullopt;
  if (prev_hash->starts_with(kPrefix)) prev_hash->remove_prefix(kPrefix.size());
  if (prev_hash->size() != kHashSize) return std::nullopt;
  OwnLine own{*format, *installation, *prev_hash};
  if (const auto sequence = find_number(line, Field::event_sequence); sequence && *sequence > 0) {
    own.sequence = *sequence;
    return own;
  }
  const auto kind = kind_of(find_text(line, Field::event_action).value_or(""));
  if (!kind) return std::nullopt;
  own.kind = *kind;
  if (own.kind != LineKind::segment_opened) return own;
  const auto next = find_number(line, Field::segment_first_sequence);
  if (!next || *next == 0) return std::nullopt;
  own.sequence = *next;
  return own;
}

}  // namespace wgaudit
