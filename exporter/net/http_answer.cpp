#include "exporter/net/http_answer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include "collectors/model/ascii.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMaxChunkLine = 256;

bool contains(std::string_view list, std::string_view word) {
  for (;;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_word(trimmed(list.substr(0, comma)), word)) return true;
    if (comma == list.size()) return false;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

}  // namespace

HttpAnswerReader::State HttpAnswerReader::fail(std::string_view why) {
  why_ = why;
  return state_ = State::failed;
}

HttpAnswerReader::State HttpAnswerReader::done() {
  // What came behind the answer belongs to nothing.
  answer_.reusable = !closes_ && !answer_.body_cut && part_ != Part::until_close && input_.empty();
  return state_ = State::done;
}

HttpAnswerReader::State HttpAnswerReader::add(std::string_view bytes) {
  begun_ = begun_ || !bytes.empty();
  input_ += bytes;
  while (state_ == State::more && step()) {
  }
  return state_;
}

HttpAnswerReader::State HttpAnswerReader::finish() {
  if (part_ == Part::until_close) return done();
  return fail(begun_ ? "closed before the answer was whole" : "closed without an answer");
}

bool HttpAnswerReader::step() {
  switch (part_) {
    case Part::head:
      return read_head();
    case Part::counted:
    case Part::until_close:
    case Part::chunk:
      return read_body();
    case Part::chunk_size:
      return read_chunk_size();
    case Part::chunk_end: {
      std::string line;
      if (!take_line(line, kMaxChunkLine)) return false;
      if (!line.empty()) return fail("a chunk that does not end where it says"), false;
      part_ = Part::chunk_size;
      return true;
    }
    case Part::trailer:
      return read_trailer();
  }
  return false;
}

// Without its end. False: it is not whole yet, or too long.
bool HttpAnswerReader::take_line(std::string& line, std::size_t longest) {
  const std::size_t end = input_.find('\n');
  if (std::min(end, input_.size()) > longest) return fail("a line that is too long"), false;
  if (end == std::string::npos) return false;
  line.assign(input_, 0, end);
  if (line.ends_with('\r')) line.pop_back();
  input_.erase(0, end + 1);
  return true;
}

bool HttpAnswerReader::read_head() {
  std::string line;
  if (!take_line(line, kMaxHead)) return false;
  head_bytes_ += line.size() + 1;
  if (head_bytes_ > kMaxHead) return fail("a head that is too long"), false;
  if (!has_status_) return read_status(line);
  if (!line.empty()) return read_field(line);
  begin_body();
  return state_ == State::more;
}

bool HttpAnswerReader::read_status(std::string_view line) {
  const bool http = line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ' &&
                    (line.size() == 12 || line[12] == ' ');
  const auto status = http ? number(line.substr(9, 3), 10) : std::nullopt;
  if (!status || *status < 100 || *status > 599) return fail("not HTTP/1.1"), false;
  answer_ = {};
  answer_.status = static_cast<unsigned>(*status);
  has_status_ = true;
  chunked_ = has_length_ = false;
  left_ = 0;
  closes_ = line[7] == '0';  // HTTP/1.0
  return true;
}

bool HttpAnswerReader::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return fail("a header that is none"), false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_word(name, "content-length")) {
    const auto length = number(value, 10);
    const bool differs = has_length_ && length != left_;
    if (!length || differs) return fail("a length that is none"), false;
    has_length_ = true;
    left_ = *length;
  } else if (same_word(name, "transfer-encoding")) {
    if (!same_word(value, "chunked")) return fail("an encoding that nobody asked for"), false;
    chunked_ = true;
  } else if (same_word(name, "connection")) {
    closes_ = closes_ || contains(value, "close");
  } else if (same_word(name, "retry-after")) {
    answer_.retry_after = value.substr(0, 64);
  }
  return true;
}

void HttpAnswerReader::begin_body() {
  constexpr unsigned kSwitching = 101, kNoContent = 204, kNotModified = 304;
  has_status_ = false;
  if (answer_.status == kSwitching) {
    fail("it would speak something else");
  } else if (answer_.status < 200) {
    part_ = Part::head;  // the answer is still to come
  } else if (answer_.status == kNoContent || answer_.status == kNotModified) {
    part_ = Part::counted;
    done();
  } else if (chunked_) {
    closes_ = closes_ || has_length_;  // RFC 9112 6.3: both may be an attack
    part_ = Part::chunk_size;
  } else if (has_length_) {
    part_ = Part::counted;
    if (left_ == 0) done();
  } else {
    part_ = Part::until_close;
  }
}

bool HttpAnswerReader::keep(std::size_t bytes) {
  const std::size_t room = max_body_ - answer_.body.size();
  answer_.body.append(input_, 0, std::min(bytes, room));
  input_.erase(0, bytes);
  if (bytes <= room) return true;
  answer_.body_cut = true;
  done();
  return false;
}

bool HttpAnswerReader::read_body() {
  if (part_ == Part::until_close) return keep(input_.size()), false;
  const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input_.size()));
  left_ -= size;
  if (!keep(size) || left_ > 0) return false;
  if (part_ == Part::counted) return done(), false;
  part_ = Part::chunk_end;
  return true;
}

bool HttpAnswerReader::read_chunk_size() {
  std::string line;
  if (!take_line(line, kMaxChunkLine)) return false;
  const std::string_view digits =
      trimmed(std::string_view(line).substr(0, std::min(line.find(';'), line.size())));
  const auto size = number(digits, 16);
  if (!size) return fail("a chunk without a size"), false;
  left_ = *size;
  part_ = left_ == 0 ? Part::trailer : Part::chunk;
  return true;
}

bool HttpAnswerReader::read_trailer() {
  std::string line;
  if (!take_line(line, kMaxHead)) return false;
  head_bytes_ += line.size() + 1;
  if (head_bytes_ > kMaxHead) return fail("a head that is too long"), false;
  if (line.empty()) done();
  return state_ == State::more;
}

}  // namespace wgaudit
