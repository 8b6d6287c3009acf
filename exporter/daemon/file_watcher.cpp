#include "exporter/daemon/file_watcher.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <string_view>
#include <utility>

namespace wgaudit {
namespace {

constexpr Duration kSettle = std::chrono::seconds{1};
constexpr Duration kLookEvery = std::chrono::seconds{30};
constexpr unsigned kMaxLinks = 40;  // as the kernel follows, path_resolution(7)

// Of a directory that the path goes through: its names. IN_MASK_ADD: one that is met twice keeps
// what the other meeting asked for.
constexpr std::uint32_t kNames = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                 IN_DELETE_SELF | IN_MOVE_SELF | IN_MASK_ADD;
// Of the one that holds the file, its files too. Not every write to them (IN_MODIFY): what else is
// in that directory may be a log.
constexpr std::uint32_t kFiles = kNames | IN_CLOSE_WRITE | IN_ATTRIB;
// Of the file itself: it may be mounted alone, and written through a name in another directory.
constexpr std::uint32_t kFile = kFiles | IN_MODIFY;

std::deque<std::string> components_of(std::string_view path) {
  std::deque<std::string> components;
  while (!path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    if (const auto name = path.substr(0, slash); !name.empty() && name != ".") {
      components.emplace_back(name);
    }
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return components;
}

std::string start_of(std::string_view path) { return path.starts_with('/') ? "/" : "."; }

std::string read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  return {target.data(), static_cast<std::size_t>(std::max<ssize_t>(length, 0))};
}

bool is_link(const std::string& path) {
  struct stat status{};
  return lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

}  // namespace

FileWatcher::FileWatcher(std::string path, BootTime now)
    : path_(std::move(path)),
      quiet_(list_inventory_files(path_), kSettle),
      next_look_(now + kLookEvery) {
  arm();
}

FileWatcher::~FileWatcher() {
  if (fd_ >= 0) close(fd_);
}

FileWatcher::FileWatcher(FileWatcher&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      watches_(std::move(other.watches_)),
      degraded_(std::move(other.degraded_)),
      quiet_(std::move(other.quiet_)),
      next_look_(other.next_look_) {}

void FileWatcher::drain(BootTime now) {
  std::array<char, 16384> events{};
  // Bounded: who fills the queue as fast as this empties it shall not hold up the daemon.
  for (int i = 0; i < 64 && fd_ >= 0 && read(fd_, events.data(), events.size()) > 0; ++i) {
  }
  look(now);
}

Duration FileWatcher::due_in(BootTime now) const {
  const Duration to_look = std::max(next_look_ - now, Duration{0});
  return std::min(quiet_.due_in(now).value_or(to_look), to_look);
}

bool FileWatcher::due(BootTime now) {
  if (due_in(now) > Duration{0}) return false;
  look(now);  // is it still as it was before the second of quiet?
  return quiet_.due_in(now) == Duration{0};
}

void FileWatcher::begin_load() { quiet_.take(list_inventory_files(path_)); }

void FileWatcher::look(BootTime now) {
  arm();  // first: what changes after the look is told by an event
  quiet_.look(list_inventory_files(path_), now);
  next_look_ = now + kLookEvery;
}

// Watches what the path goes through as it is now, and nothing else.
void FileWatcher::arm() {
  degraded_.clear();
  if (path_.empty()) return;
  if (fd_ < 0) fd_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd_ < 0) return say(errno, path_);
  wanted_.clear();
  follow(path_);
  struct stat status{};
  if (stat(path_.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    for (const FileVersion& file : list_inventory_files(path_).files) {
      if (is_link(file.path)) follow(file.path);
    }
  }
  for (const int watch : watches_) {
    if (!wanted_.contains(watch)) inotify_rm_watch(fd_, watch);
  }
  watches_ = wanted_;
}

// Resolves the path as the kernel does, and watches every directory on the way before it looks into
// it: a name that appears, goes or becomes another one is told, wherever that is.
void FileWatcher::follow(const std::string& path) {
  std::string directory = start_of(path);
  std::deque<std::string> rest = components_of(path);
  unsigned links = 0;
  struct stat status{};
  while (!rest.empty()) {
    const std::string name = std::exchange(rest.front(), {});
    rest.pop_front();
    const std::string next = directory + (directory.ends_with('/') ? "" : "/") + name;
    const int error_number = watch(directory, rest.empty() ? kFiles : kNames);
    const bool exists = lstat(next.c_str(), &status) == 0;
    const bool link = exists && S_ISLNK(status.st_mode);
    // A directory that is only gone through may well be closed to us; it hardly ever changes.
    if (rest.empty() || link || !exists) say(error_number, directory);
    if (!exists || (link && ++links > kMaxLinks)) return;
    if (link) {
      const std::string target = read_link(next);
      if (target.starts_with('/')) directory = "/";
      std::deque<std::string> more = components_of(target);
      rest.insert(rest.begin(), more.begin(), more.end());
    } else {
      directory = next;
    }
  }
  const bool is_directory = stat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  const int error_number = watch(directory, is_directory ? kFiles : kFile);
  if (is_directory) say(error_number, directory);
}

// Returns errno; 0: it is watched.
int FileWatcher::watch(const std::string& path, std::uint32_t mask) {
  const int watch = inotify_add_watch(fd_, path.c_str(), mask);
  if (watch < 0) return errno;
  wanted_.insert(watch);
  return 0;
}

void FileWatcher::say(int error_number, const std::string& subject) {
  // What went between two looks is told by the directory above it.
  if (error_number == 0 || error_number == ENOENT || !degraded_.empty()) return;
  degraded_ = "cannot watch: " + subject + ": " + std::strerror(error_number);
}

}  // namespace wgaudit
