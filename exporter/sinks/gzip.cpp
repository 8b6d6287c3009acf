#include "exporter/sinks/gzip.hpp"

#include <zlib.h>

#include <cassert>
#include <limits>
#include <new>

namespace wgaudit {

struct Gzip::State {
  z_stream stream{};
};

Gzip::Gzip() : state_(std::make_unique<State>()) {
  constexpr int kGzip = 16;  // added to the bits of the window, deflateInit2() in zlib.h
  constexpr int kMemory = 8;
  if (deflateInit2(&state_->stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzip, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

Gzip::~Gzip() { deflateEnd(&state_->stream); }

std::string Gzip::compress(std::string_view bytes) {
  assert(bytes.size() <= std::numeric_limits<uInt>::max());
  z_stream& stream = state_->stream;
  deflateReset(&stream);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  // zlib takes its input without const, and does not write to it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  [[maybe_unused]] const int result = deflate(&stream, Z_FINISH);
  assert(result == Z_STREAM_END);  // deflateBound() was room enough
  out.resize(stream.total_out);
  return out;
}

}  // namespace wgaudit
