// A text that comes in pieces, byte for byte, with the position of the last one.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace wgaudit {

// Fills the span from its front and says how much of it; 0 at the end of the text.
using TextSource = std::function<std::size_t(std::span<char>)>;

// The text as the library takes it, byte for byte, and where in it the last byte stood.
class TextStream {
 public:
  explicit TextStream(const TextSource& source) : source_(source) { refill(); }

  [[nodiscard]] bool at_end() const { return next_ == end_; }
  [[nodiscard]] char current() const { return buffer_[next_]; }
  void advance() {
    before_last_ = last_;
    last_ = buffer_[next_];
    ++bytes_;
    if (last_ == '\n') {
      ++line_;
      line_before_start_ = std::exchange(line_start_, bytes_);
    }
    blank_ = blank_ && (last_ == ' ' || last_ == '\n' || last_ == '\t' || last_ == '\r');
    if (++next_ == end_) refill();
  }

  [[nodiscard]] bool blank() const { return blank_; }  // nothing but white space so far
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] bool at_nul() const { return !at_end() && current() == '\0'; }
  // REQUIRES of both: a byte, counted from 1, of the last two or the next one: the library looks
  // one ahead.
  [[nodiscard]] char at(std::size_t byte) const { return byte == bytes_ ? last_ : before_last_; }
  [[nodiscard]] std::string position(std::size_t byte) const {
    const bool line_before = byte <= line_start_ && line_ > 1;
    const std::size_t line = line_before ? line_ - 1 : line_;
    const std::size_t start = line_before ? line_before_start_ : line_start_;
    return "line " + std::to_string(line) + ", column " + std::to_string(byte - start) + " (byte " +
           std::to_string(byte) + ')';
  }

 private:
  void refill() {
    next_ = 0;
    end_ = source_(buffer_);
  }

  const TextSource& source_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 16U);
  std::size_t next_ = 0, end_ = 0;
  std::size_t bytes_ = 0, line_ = 1, line_start_ = 0, line_before_start_ = 0;
  char last_ = ' ', before_last_ = ' ';
  bool blank_ = true;
};

// An input iterator over the stream. A NUL byte ends it: no JSON text has one, and the library
// would take it for the end without looking at what follows.
struct TextIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  TextStream* stream = nullptr;  // null: the end
  char operator*() const { return stream->current(); }
  TextIterator& operator++() {
    stream->advance();
    return *this;
  }
  bool operator==(const TextIterator&) const {  // the library compares with the end alone
    return stream->at_end() || stream->at_nul();
  }
};

}  // namespace wgaudit
