// Reads the answer to an HTTP/1.1 request as its bytes come in, in bounded memory. Pure.
//
// The other side is not trusted: a head beyond 16 KiB, a length that is none, or an encoding that
// nobody asked for is a failure; a body beyond its limit is cut. Interim answers (1xx) are passed
// over. RFC 9112.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wgaudit {

struct HttpAnswer {
  unsigned status = 0;
  std::string retry_after;  // the header as it came; "" without one
  std::string body;
  bool body_cut = false;  // there is more of it than the limit
  bool reusable = false;  // the connection takes another request
};

class HttpAnswerReader {
 public:
  static constexpr std::size_t kMaxHead = std::size_t{16} << 10U;

  explicit HttpAnswerReader(std::size_t max_body) : max_body_(max_body) {}

  enum class State : std::uint8_t { more, done, failed };
  // REQUIRES, as finish(): the state is still `more`.
  State add(std::string_view bytes);
  // The other side closed.
  State finish();
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool has_begun() const { return begun_; }
  [[nodiscard]] std::string_view why() const { return why_; }  // failed
  // REQUIRES: done.
  [[nodiscard]] HttpAnswer take() { return std::move(answer_); }

 private:
  enum class Part : std::uint8_t {
    head,
    counted,
    until_close,
    chunk_size,
    chunk,
    chunk_end,
    trailer
  };

  State fail(std::string_view why);
  State done();
  bool step();  // whether there may be another
  bool read_head();
  bool read_status(std::string_view line);
  bool read_field(std::string_view line);
  void begin_body();
  bool read_body();
  bool read_chunk_size();
  bool read_trailer();
  bool take_line(std::string& line, std::size_t longest);
  bool keep(std::size_t bytes);  // of the input, as body

  const std::size_t max_body_;
  State state_ = State::more;
  std::string_view why_;
  Part part_ = Part::head;
  std::string input_;  // not yet read
  bool begun_ = false;
  std::size_t head_bytes_ = 0;  // of all heads and trailers
  bool has_status_ = false, chunked_ = false, has_length_ = false, closes_ = false;
  std::uint64_t left_ = 0;  // of the counted body, or of the chunk
  HttpAnswer answer_;
};

}  // namespace wgaudit
