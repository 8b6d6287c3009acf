#include "exporter/sinks/segment_writer.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace wgaudit {
namespace {

std::unexpected<Error> failed(std::string what, const std::string& path, int error) {
  return std::unexpected(Error{std::move(what), path, std::generic_category().message(error)});
}

}  // namespace

SegmentWriter::SegmentWriter(OpenSegment segment, const FileOps& ops, std::string last_hash,
                             std::uint64_t sequence)
    : segment_(std::move(segment)),
      ops_(ops),
      last_hash_(std::move(last_hash)),
      sequence_(sequence) {}

void SegmentWriter::add(std::string_view line, std::uint64_t sequence, std::string hash) {
  waiting_.add(line, sequence, std::move(hash));
  if (sequence > 0) segment_.has_events = true;
}

std::expected<void, Error> SegmentWriter::flush() {
  int error = 0;
  while (error == 0 && waiting_bytes() > 0) {
    const std::string_view rest = waiting_.rest();
    const ssize_t size = ops_.write(segment_.file.fd(), rest.data(), rest.size());
    if (size > 0) {
      waiting_.wrote(static_cast<std::size_t>(size));
      segment_.bytes += static_cast<std::uint64_t>(size);
      unsynced_ = true;
    } else if (size == 0 || errno != EINTR) {
      error = size == 0 ? ENOSPC : errno;
    }
  }
  for (WaitingLines::Line& line : waiting_.take_written()) {
    last_hash_ = std::move(line.hash);
    if (line.sequence == 0) continue;
    sequence_ = line.sequence;
    head_ = {last_hash_, line.sequence};
  }
  if (error != 0) return failed("cannot write segment", segment_.path, error);
  return {};
}

std::expected<void, Error> SegmentWriter::sync() {
  if (!std::exchange(unsynced_, false)) return {};
  if (ops_.sync_data(segment_.file.fd()) == 0) return {};
  return failed("cannot sync segment", segment_.path, errno);
}

void SegmentWriter::end_fragment() {
  struct stat status{};
  if (fstat(segment_.file.fd(), &status) != 0 ||
      static_cast<std::uint64_t>(status.st_size) != segment_.bytes) {
    return;  // it was cut: there is no fragment to end
  }
  [[maybe_unused]] const ssize_t size = ops_.write(segment_.file.fd(), "\n", 1);
}

}  // namespace wgaudit
