#include "exporter/codec/inventory_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace wgaudit {
namespace {

FileVersion version_of(const std::string& path, const struct stat& status) {
  FileVersion version{.path = path};
  version.device = status.st_dev;
  version.inode = status.st_ino;
  version.bytes = status.st_size;
  version.modified = from_timespec(status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  version.changed = from_timespec(status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
  return version;
}

FileVersion look_at(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) == 0) return version_of(path, status);
  return {.path = path, .error_number = errno};
}

InventoryFiles list_directory(const std::string& path) {
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return {{}, std::strerror(errno)};
  InventoryFiles found;
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name.starts_with('.') || !name.ends_with(".json")) continue;
    found.files.push_back(look_at(path + (path.ends_with('/') ? "" : "/") + std::string(name)));
  }
  closedir(directory);
  if (found.files.empty()) found.why = "no *.json in this directory";
  std::ranges::sort(found.files, {}, &FileVersion::path);
  return found;
}

}  // namespace

InventoryFiles list_inventory_files(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return {{}, std::strerror(errno)};
  if (S_ISDIR(status.st_mode)) return list_directory(path);
  return {{version_of(path, status)}, ""};
}

std::expected<InventoryFile, std::string> InventoryFile::open(const std::string& path) {
  // Not to wait for a writer, should it be a FIFO.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::unexpected(std::strerror(errno));
  InventoryFile file(fd, 0);
  struct stat status{};
  if (fstat(fd, &status) != 0) return std::unexpected(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return std::unexpected("not a regular file");
  file.size_ = static_cast<std::size_t>(status.st_size);
  if (file.size_ > kMaxInventoryFileBytes) return std::unexpected("larger than 256 MiB");
  return file;
}

InventoryFile::~InventoryFile() {
  if (fd_ >= 0) close(fd_);
}

InventoryFile::InventoryFile(InventoryFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      size_(other.size_),
      left_(other.left_),
      failure_(std::move(other.failure_)) {}

std::size_t InventoryFile::read(std::span<char> buffer) {
  ssize_t got = -1;
  do {
    got = ::read(fd_, buffer.data(), std::min(buffer.size(), left_));
  } while (got < 0 && errno == EINTR);
  if (got < 0) failure_ = std::strerror(errno);
  if (got <= 0) return 0;
  left_ -= static_cast<std::size_t>(got);
  return static_cast<std::size_t>(got);
}

}  // namespace wgaudit
