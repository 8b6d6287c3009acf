// Writes JSON into a string, in order, without a document in between: 10,000 peers are 6 MB of text
// and nothing else. Two spaces a level; arrays of scalars stand on one line; or compact, no blanks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wgaudit {

// REQUIRES: calls in an order that makes JSON (asserted where it is cheap). Text of any bytes is
// taken: invalid UTF-8 becomes U+FFFD.
class JsonWriter {
 public:
  enum class Layout : std::uint8_t { lines, inline_, compact };

  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  void begin_object(Layout layout = Layout::lines) { open('{', layout); }
  void end_object() { close('}'); }
  void begin_array(Layout layout = Layout::lines) { open('[', layout); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void text(std::string_view value);
  // As much of it as is at most `max_bytes` of JSON, in whole characters; whether that was all.
  bool text_within(std::string_view value, std::size_t max_bytes);
  void number(std::uint64_t value);
  void integer(std::int64_t value);
  void boolean(bool value);
  void null();
  // JSON that is known to be well formed, as it stands.
  void verbatim(std::string_view json);

  // Members of an object.
  void text(std::string_view name, std::string_view value) { key(name), text(value); }
  void text_or_null(std::string_view name, std::string_view value);  // "" becomes null
  void number(std::string_view name, std::uint64_t value) { key(name), number(value); }
  void boolean(std::string_view name, bool value) { key(name), boolean(value); }
  void null(std::string_view name) { key(name), null(); }

  [[nodiscard]] std::size_t size() const { return out_.size(); }
  // The whole text with a final newline. REQUIRES: everything is closed.
  [[nodiscard]] std::string take();
  // Without one. REQUIRES: likewise.
  [[nodiscard]] std::string take_line();

 private:
  void plain(std::string_view value);  // of which nothing is escaped
  struct Level {
    Layout layout;
    bool empty;
  };
  void open(char bracket, Layout layout);
  void close(char bracket);
  void before_value();
  void new_line();

  std::string out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace wgaudit
