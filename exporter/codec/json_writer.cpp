#include "exporter/codec/json_writer.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

// The line ends of Unicode beyond C1: some readers split lines at them (Python's splitlines).
bool is_line_end(std::string_view character) {
  return character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9";
}

// C0, DEL and C1 (U+0085 is a line end, U+009B moves terminals): the code point, or 0.
unsigned control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first < 0x20 || first == 0x7f) return first;
  if (first != 0xc2) return 0;
  const auto second = static_cast<unsigned char>(character[1]);
  return second < 0xa0 ? second : 0;
}

// Bytes of the character that begins with `lead`, in valid UTF-8.
std::size_t length_of(char lead) {
  const auto u = static_cast<unsigned char>(lead);
  return u < 0x80 ? 1 : u < 0xe0 ? 2 : u < 0xf0 ? 3 : 4;
}

// What RFC 8259 §7 demands, control characters and line ends; all else is left alone: every reader
// takes it.
void append_escaped(std::string& out, std::string_view character) {
  const char c = character[0];
  char escaped[8];
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c == '\0' || control(character) != 0) {
    std::snprintf(escaped, sizeof escaped, "\\u%04x", control(character));
    out += escaped;
  } else if (is_line_end(character)) {
    out += character.back() == '\xa8' ? "\\u2028" : "\\u2029";
  } else {
    out += character;
  }
}

bool is_plain(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x20 && u < 0x7f && c != '"' && c != '\\';
}

// Nearly all texts are: eight bytes at a time, each tested in its own byte of a word.
bool is_plain(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = 0x80 * kOnes;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    const std::uint64_t below_space = (word - 0x20 * kOnes) & ~word & kHighs;
    const std::uint64_t beyond = (word | (word + kOnes)) & kHighs;  // DEL and non-ASCII
    if ((below_space | beyond | has_zero(word ^ ('"' * kOnes)) | has_zero(word ^ ('\\' * kOnes))) !=
        0) {
      return false;
    }
    text.remove_prefix(sizeof word);
  }
  return std::ranges::all_of(text, [](char c) { return is_plain(c); });
}

}  // namespace

void JsonWriter::new_line() {
  out_ += '\n';
  out_.append(2 * levels_.size(), ' ');
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.empty) out_ += ',';
  if (level.layout == Layout::lines) {
    new_line();
  } else if (level.layout == Layout::inline_ && !level.empty) {
    out_ += ' ';
  }
  level.empty = false;
}

void JsonWriter::open(char bracket, Layout layout) {
  before_value();
  out_ += bracket;
  levels_.push_back({layout, true});
}

void JsonWriter::close(char bracket) {
  assert(!levels_.empty() && !after_key_);
  const Level level = levels_.back();
  levels_.pop_back();
  if (!level.empty && level.layout == Layout::lines) new_line();
  out_ += bracket;
}

void JsonWriter::key(std::string_view name) {
  assert(!levels_.empty());
  text(name);
  out_ += ':';
  if (levels_.back().layout != Layout::compact) out_ += ' ';
  after_key_ = true;
}

void JsonWriter::plain(std::string_view value) {
  const std::size_t begin = out_.size();
  out_.resize(begin + value.size() + 2);
  char* const out = out_.data() + begin;
  out[0] = '"';
  std::memcpy(out + 1, value.data(), value.size());
  out[value.size() + 1] = '"';
}

void JsonWriter::text(std::string_view value) { text_within(value, std::string_view::npos); }

bool JsonWriter::text_within(std::string_view value, std::size_t max_bytes) {
  before_value();
  if (value.size() <= max_bytes && is_plain(value)) {
    plain(value);
    return true;
  }
  out_ += '"';
  bool whole = true;
  // No character becomes shorter in JSON, and none is longer than 4 bytes.
  const bool huge = max_bytes < value.size() && value.size() - max_bytes > 4;
  const std::string valid = to_valid_utf8(huge ? value.substr(0, max_bytes + 4) : value);
  const std::size_t begin = out_.size();
  for (std::size_t i = 0; i < valid.size() && whole;) {
    const std::size_t before = out_.size();
    const std::size_t length = length_of(valid[i]);
    append_escaped(out_, std::string_view(valid).substr(i, length));
    i += length;
    whole = out_.size() - begin <= max_bytes;
    if (!whole) out_.resize(before);
  }
  out_ += '"';
  return whole;
}

void JsonWriter::number(std::uint64_t value) {
  before_value();
  char digits[20];
  out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void JsonWriter::integer(std::int64_t value) {
  before_value();
  char digits[20];
  out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void JsonWriter::boolean(bool value) {
  before_value();
  out_ += value ? "true" : "false";
}

void JsonWriter::null() {
  before_value();
  out_ += "null";
}

void JsonWriter::verbatim(std::string_view json) {
  before_value();
  out_ += json;
}

void JsonWriter::text_or_null(std::string_view name, std::string_view value) {
  key(name);
  if (value.empty()) {
    null();
  } else {
    text(value);
  }
}

std::string JsonWriter::take() { return take_line() + '\n'; }

std::string JsonWriter::take_line() {
  assert(levels_.empty() && !after_key_);
  return std::move(out_);
}

}  // namespace wgaudit
