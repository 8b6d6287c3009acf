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

std::expected<std::string, Problem> read_regular_file(const std::string& path) {
  // Not to wait for a writer, should it be a FIFO.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (file.fd() < 0 || fstat(file.fd(), &status) != 0) {
    return std::unexpected(unreadable(path, errno));
  }
  if (!S_ISREG(status.st_mode)) return std::unexpected(unreadable(path, "not a regular file"));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > kMaxFileBytes) return std::unexpected(unreadable(path, "larger than 256 MiB"));
  std::string text(size + 1, '\0');  // one more, to see that it did not grow
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t got = read(file.fd(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(unreadable(path, errno));
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  if (length != size) return std::unexpected(unreadable(path, "it changed while it was read"));
  text.resize(length);
  return text;
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
    const auto text = read_regular_file(file);
    if (text) {
      parser.add(file, *text);
    } else {
      parser.add_problem(text.error());
    }
  }
  return parser.finish();
}

}  // namespace wgaudit
