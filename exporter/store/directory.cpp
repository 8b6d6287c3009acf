#include "exporter/store/directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

namespace wgaudit {
namespace {

constexpr mode_t kForOthers = S_IRWXG | S_IRWXO;

// What may be otherwise a minute later.
bool may_pass(int error_number) {
  constexpr int kPassing[] = {ENOSPC, EDQUOT, EROFS, EIO, ENOMEM, EMFILE, ENFILE};
  return std::ranges::find(kPassing, error_number) != std::end(kPassing);
}

std::unexpected<StoreError> failure(const char* what, const std::string& subject, std::string why,
                                    bool permanent) {
  return std::unexpected(StoreError{{what, subject, std::move(why)}, permanent});
}
constexpr char kDirectory[] = "cannot use the state directory";
constexpr char kDatabase[] = "cannot use the state database";
std::unexpected<StoreError> failure(const char* what, const std::string& subject,
                                    int error_number) {
  return failure(what, subject, std::strerror(error_number), !may_pass(error_number));
}

class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() {
    if (fd_ >= 0) close(fd_);
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// The path itself may lead through symlinks, as systemd's DynamicUser= makes them; SQLite refuses
// them, so it gets the path behind.
std::expected<std::string, StoreError> real_directory(const std::string& path) {
  if (mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return failure(kDirectory, path, errno);
  }
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (real == nullptr) return failure(kDirectory, path, errno);
  return std::string(real.get());
}

std::expected<void, StoreError> claim_directory(int fd, const std::string& path) {
  struct stat status{};
  if (fstat(fd, &status) != 0) return failure(kDirectory, path, errno);
  if (status.st_uid != geteuid()) {
    return failure(kDirectory, path, "it belongs to another user", true);
  }
  if ((status.st_mode & kForOthers) != 0 && fchmod(fd, S_IRWXU) != 0) {
    return failure(kDirectory, path, errno);
  }
  return {};
}

bool exists(int directory, const std::string& name) {
  struct stat status{};
  return fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

std::string free_name(int directory, std::string_view reason, WallTime now) {
  std::string time = to_rfc3339(now).substr(0, 19);  // 2026-08-01T00:00:00
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const std::string stem =
      std::string(kDatabaseName) + "." + std::string(reason) + "-" + time + "Z";
  std::string name = stem;
  for (int i = 2; exists(directory, name); ++i) name = stem + "-" + std::to_string(i);
  return name;
}

}  // namespace

std::expected<StateDirectory, StoreError> StateDirectory::open(const std::string& path) {
  const auto real = real_directory(path);
  if (!real) return std::unexpected(real.error());
  OwnedFd directory(::open(real->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (directory.fd() < 0) return failure(kDirectory, path, errno);
  if (const auto ours = claim_directory(directory.fd(), path); !ours) {
    return std::unexpected(ours.error());
  }
  OwnedFd lock(openat(directory.fd(), "lock",
                      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, S_IRUSR | S_IWUSR));
  if (lock.fd() < 0) return failure(kDirectory, path + "/lock", errno);
  if (flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return failure(kDirectory, path, "another daemon uses it", true);
    return failure(kDirectory, path, errno);
  }
  return StateDirectory(*real, directory.release(), lock.release());
}

StateDirectory::StateDirectory(StateDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      directory_(std::exchange(other.directory_, -1)),
      lock_(std::exchange(other.lock_, -1)) {}
StateDirectory& StateDirectory::operator=(StateDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(directory_, other.directory_);
  std::swap(lock_, other.lock_);
  return *this;
}
StateDirectory::~StateDirectory() {
  if (directory_ >= 0) close(directory_);
  if (lock_ >= 0) close(lock_);
}

std::string StateDirectory::database_path() const {
  return path_ + "/" + std::string(kDatabaseName);
}

std::expected<void, StoreError> StateDirectory::prepare_database() const {
  const std::string name(kDatabaseName);
  struct stat status{};
  if (fstatat(directory_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) return failure(kDatabase, database_path(), errno);
    const OwnedFd file(openat(directory_, name.c_str(),
                              O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                              S_IRUSR | S_IWUSR));
    // The umask may have taken more than we asked for.
    if (file.fd() < 0 || fchmod(file.fd(), S_IRUSR | S_IWUSR) != 0 || fsync(directory_) != 0) {
      return failure(kDatabase, database_path(), errno);
    }
    return {};
  }
  if (!S_ISREG(status.st_mode)) {
    return failure(kDatabase, database_path(), "not a regular file", true);
  }
  if (status.st_uid != geteuid()) {
    return failure(kDatabase, database_path(), "it belongs to another user", true);
  }
  // Not by opening it: closing would drop the locks that SQLite may hold on it (fcntl(2)).
  if ((status.st_mode & kForOthers) != 0 &&
      fchmodat(directory_, name.c_str(), S_IRUSR | S_IWUSR, 0) != 0) {
    return failure(kDatabase, database_path(), errno);
  }
  return {};
}

std::expected<std::string, StoreError> StateDirectory::set_aside(std::string_view reason,
                                                                 WallTime now) const {
  const std::string name = free_name(directory_, reason, now);
  // The database first: should we die in between, SQLite discards a WAL without its database, but
  // would take a database without its WAL for whole.
  for (const std::string suffix : {"", "-wal", "-shm"}) {
    const std::string from = std::string(kDatabaseName) + suffix, to = name + suffix;
    if (renameat(directory_, from.c_str(), directory_, to.c_str()) != 0 && errno != ENOENT) {
      return failure("cannot move the state database aside", database_path(), std::strerror(errno),
                     false);
    }
  }
  fsync(directory_);
  return path_ + "/" + name;
}

std::uint64_t StateDirectory::size_bytes() const {
  std::uint64_t size = 0;
  for (const std::string suffix : {"", "-wal"}) {
    struct stat status{};
    const std::string name = std::string(kDatabaseName) + suffix;
    if (fstatat(directory_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      size += static_cast<std::uint64_t>(status.st_size);
    }
  }
  return size;
}

}  // namespace wgaudit
