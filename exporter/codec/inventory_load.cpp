// The edge of the inventory: files to text.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <expected>

#include "exporter/codec/inventory_json.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMaxFileBytes = 256U << 20U;

Problem unreadable(const std::string& file, std::string_view why) {
  return {Problem::Severity::error, file, "", "cannot be read: " + std::string(why)};
}
Problem unreadable(const std::string& file, int error_number) {
  return unreadable(file, std::strerror(error_number));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

bool same_version(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

std::optional<Problem> add_regular_file(InventoryParser& parser, const std::string& path) {
  // Not to wait for a writer, should it be a FIFO.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat before{}, after{};
  if (file.fd() < 0 || fstat(file.fd(), &before) != 0) return unreadable(path, errno);
  if (!S_ISREG(before.st_mode)) return unreadable(path, "not a regular file");
  const auto size = static_cast<std::size_t>(before.st_size);
  if (size > kMaxFileBytes) return unreadable(path, "larger than 256 MiB");
  int failure = 0;
  const auto source = [&](std::span<char> buffer) -> std::size_t {
    ssize_t got = -1;
    do {
      got = read(file.fd(), buffer.data(), buffer.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) failure = errno;
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  };
  parser.add(path, source, size);
  if (failure != 0) return unreadable(path, failure);
  if (fstat(file.fd(), &after) != 0) return unreadable(path, errno);
  if (!same_version(before, after)) return unreadable(path, "it changed while it was read");
  return std::nullopt;
}

// `*.json` in name order, without hidden ones: a ConfigMap keeps its versions in `..data`.
std::expected<std::vector<std::string>, Problem> list_directory(const std::string& path) {
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return std::unexpected(unreadable(path, errno));
  std::vector<std::string> files;
  while (const dirent* entry = readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with('.') && name.ends_with(".json")) {
      files.push_back(path + (path.ends_with('/') ? "" : "/") + std::string(name));
    }
  }
  closedir(directory);
  if (files.empty()) return std::unexpected(unreadable(path, "no *.json in this directory"));
  std::ranges::sort(files);
  return files;
}

std::expected<std::vector<std::string>, Problem> list_files(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return std::unexpected(unreadable(path, errno));
  if (S_ISDIR(status.st_mode)) return list_directory(path);
  return std::vector{path};
}

}  // namespace

LoadedInventory load_inventory(const std::string& path) {
  InventoryParser parser(path);
  const auto files = list_files(path);
  if (!files) return {std::nullopt, {files.error()}, {}};
  for (const std::string& file : *files) {
    if (auto problem = add_regular_file(parser, file)) parser.add_problem(*std::move(problem));
  }
  return parser.finish();
}

}  // namespace wgaudit
