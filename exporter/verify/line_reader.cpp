#include "exporter/verify/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace wgaudit {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 18U;

std::unexpected<std::string> failed(int error) {
  return std::unexpected(std::generic_category().message(error));
}

}  // namespace

std::expected<LineReader, std::string> LineReader::open(const std::string& path) {
  // A FIFO does not block, and is refused.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  if (!file || fstat(file.fd(), &status) != 0) return failed(errno);
  if (!S_ISREG(status.st_mode)) return std::unexpected("it is no regular file");
  [[maybe_unused]] const int hint = posix_fadvise(file.fd(), 0, 0, POSIX_FADV_SEQUENTIAL);
  return LineReader(std::move(file));
}

// Until the buffer holds a block. False at the end of the file.
std::expected<bool, std::string> LineReader::read_more() {
  std::size_t have = buffer_.size();
  buffer_.resize(kBlockBytes);
  while (have < kBlockBytes) {
    const ssize_t size = read(file_.fd(), buffer_.data() + have, kBlockBytes - have);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) {
      const int error = errno;
      buffer_.resize(have);
      at_end_ = true;
      if (size < 0) return failed(error);
      return false;
    }
    have += static_cast<std::size_t>(size);
  }
  return true;
}

std::expected<bool, std::string> LineReader::next(Block& block) {
  if (!at_end_) {
    if (const auto more = read_more(); !more) return more;
  }
  if (buffer_.empty()) return false;
  const std::size_t line_end = buffer_.rfind('\n');
  if (line_end == std::string::npos && !at_end_) return long_line(block);
  block.is_long_line = false;
  block.bytes = std::move(buffer_);
  buffer_.clear();
  if (at_end_) return true;
  buffer_.assign(block.bytes, line_end + 1);
  block.bytes.resize(line_end + 1);
  return true;
}

std::expected<bool, std::string> LineReader::long_line(Block& block) {
  Sha256 hash;
  block.bytes.clear();
  block.is_long_line = true;
  block.size = 0;
  for (;;) {
    const std::size_t line_end = buffer_.find('\n');
    const std::string_view piece = std::string_view(buffer_).substr(0, line_end);
    hash.add(piece);
    block.size += piece.size();
    block.ended = line_end != std::string::npos;
    buffer_.erase(0, block.ended ? line_end + 1 : buffer_.size());
    if (block.ended || at_end_) break;
    if (const auto more = read_more(); !more) return more;
  }
  block.hash = hash.digest();
  return true;
}

}  // namespace wgaudit
