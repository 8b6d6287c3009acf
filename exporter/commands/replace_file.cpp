#include "exporter/commands/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace wgaudit {
namespace {

constexpr mode_t kReadableByAll = 0644;

bool write_whole(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string name_beside(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1;  // 0 where there is none
  return path.substr(0, name) + '.' + path.substr(name) + ".XXXXXX";
}

}  // namespace

std::optional<Error> replace_file(const std::string& path, std::string_view text) {
  const auto failed = [&](std::string why) { return Error{"cannot write", path, std::move(why)}; };
  struct stat before{};
  if (lstat(path.c_str(), &before) == 0 && !S_ISREG(before.st_mode)) {
    return failed("it is there and no regular file");
  }
  std::string beside = name_beside(path);
  const int file = mkostemp(beside.data(), O_CLOEXEC);
  if (file < 0) return failed(std::strerror(errno));
  bool good = write_whole(file, text) && fchmod(file, kReadableByAll) == 0 && fsync(file) == 0;
  int error = errno;
  if (close(file) != 0 && good) {  // NFS tells of a full disk here
    good = false;
    error = errno;
  }
  if (good && std::rename(beside.c_str(), path.c_str()) != 0) {
    good = false;
    error = errno;
  }
  if (good) return std::nullopt;
  unlink(beside.c_str());
  return failed(std::strerror(error));
}

}  // namespace wgaudit
