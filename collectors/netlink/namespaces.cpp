#include "collectors/netlink/namespaces.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace wgaudit {

std::expected<NamespaceFile, int> NamespaceFile::open(const std::string& path) {
  // O_NONBLOCK: a FIFO under that name must not hold us up.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::unexpected(errno);
  NamespaceFile file(fd, {});
  struct stat status{};
  if (fstat(fd, &status) != 0) return std::unexpected(errno);
  file.identity_ = {status.st_dev, status.st_ino};
  return file;
}

NamespaceFile::~NamespaceFile() {
  if (fd_ >= 0) close(fd_);
}

NamespaceFile::NamespaceFile(NamespaceFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), identity_(other.identity_) {}

std::expected<void, int> NamespaceFile::enter() const {
  if (setns(fd_, CLONE_NEWNET) != 0) return std::unexpected(errno);
  return {};
}

std::expected<NamespaceFile, int> open_own_namespace() {
  return NamespaceFile::open("/proc/thread-self/ns/net");
}

std::expected<std::vector<NetnsTarget>, int> list_named_namespaces(const std::string& directory) {
  std::vector<NetnsTarget> targets;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    targets.push_back({entry->path().filename().string(), entry->path().string()});
  }
  if (error && error.value() != ENOENT) return std::unexpected(error.value());
  std::ranges::sort(targets, {}, &NetnsTarget::label);
  return targets;
}

}  // namespace wgaudit
