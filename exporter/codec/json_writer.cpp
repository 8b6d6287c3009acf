#include "exporter/codec/json_writer.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstdio>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

// What RFC 8259 §7 demands, and DEL and U+2028/9 left alone: every reader takes them.
void append_escaped(std::string& out, std::string_view valid) {
  for (const char c : valid) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      out += escaped;
    }
  }
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x20 && u < 0x7f && c != '"' && c != '\\';
  });
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
  } else if (!level.empty) {
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
  text(name);
  out_ += ": ";
  after_key_ = true;
}

void JsonWriter::text(std::string_view value) {
  before_value();
  out_ += '"';
  if (is_plain(value)) {
    out_ += value;
  } else {
    append_escaped(out_, to_valid_utf8(value));
  }
  out_ += '"';
}

void JsonWriter::number(std::uint64_t value) {
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

std::string JsonWriter::take() {
  assert(levels_.empty() && !after_key_);
  out_ += '\n';
  return std::move(out_);
}

}  // namespace wgaudit
