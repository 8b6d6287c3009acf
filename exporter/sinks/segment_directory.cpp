#include "exporter/sinks/segment_directory.hpp"

#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <vector>

#include "exporter/codec/event_json.hpp"

namespace wgaudit {
namespace {

constexpr mode_t kDirectoryMode = 0750, kSegmentMode = 0640;

std::unexpected<Error> failed(std::string_view what, std::string subject, int error) {
  std::string why =
      error == ELOOP ? "it is a symbolic link" : std::generic_category().message(error);
  return std::unexpected(Error{std::string(what), std::move(subject), std::move(why)});
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// systemd's LogsDirectory= of a dynamic user is a link to /var/log/private. A link that root or we
// ourselves made is the path that was asked for; one of somebody else may lead anywhere.
std::expected<std::string, int> resolved(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
  if (status.st_uid != 0 && status.st_uid != geteuid()) return std::unexpected(ELOOP);
  const std::unique_ptr<char, decltype(&free)> real(realpath(path.c_str(), nullptr), &free);
  if (real == nullptr) return std::unexpected(errno);
  return real.get();
}

int open_directory(const std::string& path) {
  // Without O_DIRECTORY, which makes ENOTDIR of a symbolic link.
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  struct stat status{};
  if (fd < 0 || (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))) return fd;
  close(fd);
  errno = ENOTDIR;
  return -1;
}

// Its entry in the parent has to survive power loss as the segments do.
int make_directory(const std::string& path) {
  if (mkdir(path.c_str(), kDirectoryMode) != 0) return errno == EEXIST ? 0 : errno;
  if (chmod(path.c_str(), kDirectoryMode) != 0) return errno;  // whatever the umask
  const Descriptor parent(open(parent_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return parent && fsync(parent.fd()) == 0 ? 0 : errno;
}

// Neither a link nor a device: a FIFO does not block, and is refused.
std::expected<Descriptor, Error> open_segment(int directory, const SegmentName& name, int flags,
                                              const std::string& path) {
  constexpr std::string_view kWhat = "cannot open segment";
  Descriptor file(
      openat(directory, to_string(name).c_str(), flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return failed(kWhat, path, errno);
  struct stat status{};
  if (fstat(file.fd(), &status) != 0) return failed(kWhat, path, errno);
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(Error{std::string(kWhat), path, "it is no regular file"});
  }
  return file;
}

template <typename Use>
std::expected<void, Error> each_piece(int directory, const SegmentName& name,
                                      const std::string& path, Use use) {
  const auto file = open_segment(directory, name, O_RDONLY, path);
  if (!file) return std::unexpected(file.error());
  std::vector<char> buffer(std::size_t{1} << 16U);
  for (;;) {
    const ssize_t size = read(file->fd(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failed("cannot read segment", path, errno);
    if (size == 0) return {};
    use(std::string_view{buffer.data(), static_cast<std::size_t>(size)});
  }
}

}  // namespace

SegmentDirectory::SegmentDirectory(std::string path, Descriptor directory)
    : path_(std::move(path)), directory_(std::move(directory)) {}

std::expected<std::unique_ptr<SegmentDirectory>, Error> SegmentDirectory::open_to_write(
    std::string path) {
  constexpr std::string_view kWhat = "cannot write events";
  auto real = resolved(path);
  if (!real) return failed(kWhat, path, real.error());
  path = *std::move(real);
  if (const int error = make_directory(path); error != 0) return failed(kWhat, path, error);
  Descriptor directory(open_directory(path));
  if (!directory) return failed(kWhat, path, errno);
  if (flock(directory.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed(kWhat, path, errno);
    return std::unexpected(Error{std::string(kWhat), path, "another process writes here"});
  }
  return std::unique_ptr<SegmentDirectory>(
      new SegmentDirectory(std::move(path), std::move(directory)));
}

std::expected<void, Error> make_segment_directory(const std::string& path) {
  const auto real = resolved(path);
  const int error = real ? make_directory(*real) : real.error();
  if (error != 0) return failed("cannot write events", path, error);
  return {};
}

std::expected<std::unique_ptr<SegmentDirectory>, Error> SegmentDirectory::open_to_read(
    std::string path) {
  constexpr std::string_view kWhat = "cannot read events";
  auto real = resolved(path);
  if (!real) return failed(kWhat, path, real.error());
  path = *std::move(real);
  Descriptor directory(open_directory(path));
  if (!directory && errno == ENOENT) return nullptr;
  if (!directory) return failed(kWhat, path, errno);
  return std::unique_ptr<SegmentDirectory>(
      new SegmentDirectory(std::move(path), std::move(directory)));
}

std::expected<std::vector<SegmentName>, Error> SegmentDirectory::segments() const {
  constexpr std::string_view kWhat = "cannot list segments";
  Descriptor again(openat(directory_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again) return failed(kWhat, path_, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(again.fd()), &closedir);
  if (stream == nullptr) return failed(kWhat, path_, errno);
  again.release();
  std::vector<SegmentName> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    if (const auto name = parse_segment_name(entry->d_name)) names.push_back(*name);
    errno = 0;
  }
  if (errno != 0) return failed(kWhat, path_, errno);
  std::ranges::sort(names);
  return names;
}

std::expected<SegmentScan, Error> SegmentDirectory::scan(const SegmentName& name) const {
  SegmentScanner scanner;
  if (auto read = each_piece(directory_.fd(), name, path_of(name),
                             [&](std::string_view piece) { scanner.add(piece); });
      !read) {
    return std::unexpected(read.error());
  }
  return scanner.finish();
}

std::expected<std::string, Error> SegmentDirectory::first_line(const SegmentName& name) const {
  const auto file = open_segment(directory_.fd(), name, O_RDONLY, path_of(name));
  if (!file) return std::unexpected(file.error());
  std::string line(kMaxLineBytes + 1, '\0');
  const ssize_t size = pread(file->fd(), line.data(), line.size(), 0);
  if (size < 0) return failed("cannot read segment", path_of(name), errno);
  const std::size_t end = line.substr(0, static_cast<std::size_t>(size)).find('\n');
  line.resize(end == std::string::npos ? 0 : end);
  return line;
}

std::expected<std::string, Error> SegmentDirectory::sha256_of(const SegmentName& name) const {
  Sha256 digest;
  if (auto read = each_piece(directory_.fd(), name, path_of(name),
                             [&](std::string_view piece) { digest.add(piece); });
      !read) {
    return std::unexpected(read.error());
  }
  return digest.hex();
}

std::expected<std::uint64_t, Error> SegmentDirectory::bytes_of(const SegmentName& name) const {
  struct stat status{};
  if (fstatat(directory_.fd(), to_string(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return failed("cannot look at segment", path_of(name), errno);
  }
  return static_cast<std::uint64_t>(status.st_size);
}

std::expected<void, Error> SegmentDirectory::remove(const SegmentName& name,
                                                    const FileOps& ops) const {
  if (ops.remove(directory_.fd(), to_string(name).c_str()) != 0 && errno != ENOENT) {
    return failed("cannot remove segment", path_of(name), errno);
  }
  if (ops.sync_directory(directory_.fd()) == 0) return {};
  return failed("cannot remove segment", path_of(name), errno);
}

std::expected<Descriptor, Error> SegmentDirectory::open(const SegmentName& name) const {
  return open_segment(directory_.fd(), name, O_WRONLY | O_APPEND, path_of(name));
}

std::expected<Descriptor, Error> SegmentDirectory::create(SegmentName& name,
                                                          const FileOps& ops) const {
  constexpr std::string_view kWhat = "cannot create segment";
  constexpr std::uint32_t kMaxTries = 1000;
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  const std::uint32_t last = name.again + kMaxTries;
  for (;; ++name.again) {
    Descriptor file(ops.create(directory_.fd(), to_string(name).c_str(), kFlags, kSegmentMode));
    if (!file && errno == EEXIST && name.again < last) continue;
    if (!file) return failed(kWhat, path_of(name), errno);
    if (fchmod(file.fd(), kSegmentMode) == 0 && ops.sync_directory(directory_.fd()) == 0) {
      return file;
    }
    // It is ours and empty: the next try would leave one more behind.
    const int error = errno;
    unlinkat(directory_.fd(), to_string(name).c_str(), 0);
    return failed(kWhat, path_of(name), error);
  }
}

bool SegmentDirectory::in_place() const {
  struct stat named{}, held{};
  return lstat(path_.c_str(), &named) == 0 && fstat(directory_.fd(), &held) == 0 &&
         same_file(named, held);
}

bool SegmentDirectory::in_place(const SegmentName& name, int fd, std::uint64_t bytes) const {
  struct stat named{}, held{};
  return lstat(path_of(name).c_str(), &named) == 0 && fstat(fd, &held) == 0 &&
         same_file(named, held) && static_cast<std::uint64_t>(held.st_size) == bytes;
}

std::string SegmentDirectory::path_of(const SegmentName& name) const {
  return path_ + '/' + to_string(name);
}

}  // namespace wgaudit
