#include "collectors/secret/secret_text.hpp"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "collectors/secret/input_file.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kFirstSize = std::size_t{64} << 10U;

}  // namespace

std::expected<SecretText, std::string> read_secret_text(const std::string& path,
                                                        std::size_t limit) {
  const InputFile file(path);
  if (file.number() < 0) return std::unexpected(std::string(strerror(errno)));
  SecretText text{SecretBuffer(std::min(kFirstSize, limit + 1))};
  for (;;) {
    if (text.size > limit) {
      return std::unexpected("larger than " + std::to_string(limit >> 10U) + " KiB");
    }
    if (text.size == text.buffer.size()) text.buffer.grow(2 * text.buffer.size());
    const auto free = text.buffer.bytes().subspan(text.size);
    const ssize_t got = read(file.number(), free.data(), free.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(std::string(strerror(errno)));
    if (got == 0) return text;
    text.size += static_cast<std::size_t>(got);
  }
}

}  // namespace wgaudit
