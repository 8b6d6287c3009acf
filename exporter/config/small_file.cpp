#include "exporter/config/small_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace wgaudit {
namespace {

constexpr std::size_t kMaxFileBytes = 1U << 20U;

}  // namespace

std::expected<std::string, std::string> read_small_file(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return std::unexpected(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return std::unexpected("not a regular file");
  if (static_cast<std::size_t>(status.st_size) > kMaxFileBytes) {
    return std::unexpected("larger than 1 MiB");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  if (!file || !file.read(text.data(), status.st_size)) {
    return std::unexpected(errno != 0 ? std::strerror(errno)
                                      : "it became shorter while it was read");
  }
  return text;
}

}  // namespace wgaudit
