#include "collectors/dump/read.hpp"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "collectors/dump/decoder.hpp"
#include "collectors/model/text.hpp"
#include "collectors/secret/input_file.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kFirstSize = std::size_t{64} << 10;

ssize_t read_some(int from, std::span<std::byte> into) {
  for (;;) {
    const ssize_t got = read(from, into.data(), into.size());
    if (got >= 0 || errno != EINTR) return got;
  }
}

// Feeds every whole line of the first `used` bytes and wipes it; moves the rest to the front.
// Returns the number of bytes that are left.
std::expected<std::size_t, std::string> feed_lines(SecretBuffer& buffer, std::size_t used,
                                                   DumpDecoder& decoder) {
  const auto* text = reinterpret_cast<const char*>(buffer.bytes().data());
  std::size_t done = 0;
  while (const void* found = memchr(text + done, '\n', used - done)) {
    const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - text) - done;
    if (const auto fed = decoder.feed({text + done, length}); !fed) {
      return std::unexpected(fed.error());
    }
    buffer.wipe(done, length);
    done += length + 1;
  }
  const std::size_t rest = used - done;
  if (done != 0) {
    memmove(buffer.bytes().data(), buffer.bytes().data() + done, rest);
    buffer.wipe(rest, used - rest);
  }
  return rest;
}

}  // namespace

std::string interface_name_of(std::string_view path) {
  if (path == "-") return "stdin";
  std::string_view stem = path.substr(path.rfind('/') + 1);
  if (const auto dot = stem.find('.', 1); dot != stem.npos) stem = stem.substr(0, dot);
  std::string name(stem.substr(0, 15));
  for (char& c : name) {
    if (!is_interface_name(std::string{'a', c})) c = '_';
  }
  return is_interface_name(name) ? name : "wg";
}

std::expected<Dump, std::string> read_dump(const std::string& path, bool& memory_locked) {
  const InputFile file(path);
  if (file.number() < 0) return std::unexpected(std::string(strerror(errno)));
  DumpDecoder decoder(interface_name_of(path));
  SecretBuffer buffer(kFirstSize);
  std::size_t used = 0;
  for (;;) {
    if (used == buffer.size()) {
      if (buffer.size() >= kDumpLineLimit) {
        return std::unexpected("line " + std::to_string(decoder.line_number() + 1) +
                               ": longer than 16 MiB");
      }
      buffer.grow(2 * buffer.size());
    }
    const ssize_t got = read_some(file.number(), buffer.bytes().subspan(used));
    if (got < 0) return std::unexpected(std::string(strerror(errno)));
    if (got == 0) break;
    const auto rest = feed_lines(buffer, used + static_cast<std::size_t>(got), decoder);
    if (!rest) return std::unexpected(rest.error());
    used = *rest;
  }
  memory_locked = memory_locked && buffer.locked();
  if (used != 0) {
    const auto* text = reinterpret_cast<const char*>(buffer.bytes().data());
    if (const auto fed = decoder.feed({text, used}); !fed) return std::unexpected(fed.error());
  }
  return Dump{decoder.take(), decoder.lists_all()};
}

}  // namespace wgaudit
