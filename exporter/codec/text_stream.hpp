// A text that comes in pieces, byte for byte, with the position of the last one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

namespace wgaudit {

// Fills the span from its front and says how much of it; 0 at the end of the text.
using TextSource = std::function<std::size_t(std::span<char>)>;

// The text as the library takes it, byte for byte, and where in it the last byte stood. A byte
// costs a step of an index: lines are counted when a piece is over, or when somebody asks.
class TextStream {
 public:
  explicit TextStream(const TextSource& source) : source_(source) { refill(); }

  [[nodiscard]] bool at_end() const { return next_ == end_; }
  [[nodiscard]] char current() const { return buffer_[next_]; }
  void advance() {
    if (++next_ == end_) refill();
  }

  [[nodiscard]] bool blank() const {  // nothing but white space so far
    return blank_ && is_blank(consumed());
  }
  [[nodiscard]] std::size_t bytes() const { return begin_ + next_; }
  [[nodiscard]] bool at_nul() const { return !at_end() && current() == '\0'; }
  // REQUIRES of both: a byte, counted from 1, of the last two or the next one: the library looks
  // one ahead.
  [[nodiscard]] char at(std::size_t byte) const {
    return byte <= begin_ ? ' ' : buffer_[byte - begin_ - 1];
  }
  [[nodiscard]] std::string position(std::size_t byte) const {
    Lines lines = lines_;
    if (byte > begin_) lines.count(std::string_view(buffer_).substr(0, byte - begin_ - 1), begin_);
    return "line " + std::to_string(lines.line) + ", column " + std::to_string(byte - lines.start) +
           " (byte " + std::to_string(byte) + ')';
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 16U;
  static constexpr std::size_t kKept = 2;  // of the piece before: a problem can be about these

  struct Lines {
    std::size_t line = 1, start = 0;  // the line under way, and the bytes before it
    void count(std::string_view text, std::size_t bytes_before) {
      for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
        ++line;
        start = bytes_before + at + 1;
      }
    }
  };

  static bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \n\t\r") == text.npos;
  }
  [[nodiscard]] std::string_view consumed() const {
    return std::string_view(buffer_).substr(0, next_);
  }
  void refill() {
    const std::size_t kept = std::min(next_, kKept), over = next_ - kept;
    blank_ = blank_ && is_blank(consumed().substr(0, over));
    lines_.count(consumed().substr(0, over), begin_);
    begin_ += over;
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(over), kept, buffer_.begin());
    next_ = kept;
    end_ = kept + source_(std::span(buffer_).subspan(kept));
  }

  const TextSource& source_;
  std::string buffer_ = std::string(kPiece + kKept, '\0');
  std::size_t next_ = 0, end_ = 0;
  std::size_t begin_ = 0;  // bytes before the buffer's first
  Lines lines_;            // at the buffer's first byte
  bool blank_ = true;      // all before the buffer
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
