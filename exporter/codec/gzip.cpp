#include "exporter/codec/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <new>

namespace wgaudit {
namespace {

constexpr std::size_t kUsualRatio = 8;

}  // namespace

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
  // zlib takes its input without const, and does not write to it.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  // Room for the worst case would be as large as the input, and touched for nothing.
  std::string out(std::max<std::size_t>(bytes.size() / kUsualRatio, 128), '\0');
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(out.data()) + stream.total_out;
    stream.avail_out = static_cast<uInt>(out.size() - stream.total_out);
    const int result = deflate(&stream, Z_FINISH);
    if (result == Z_STREAM_END) break;
    assert(result == Z_OK || result == Z_BUF_ERROR);  // it needs more room
    out.resize(2 * out.size());
  }
  out.resize(stream.total_out);
  return out;
}

}  // namespace wgaudit
