#include "exporter/commands/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace wgaudit {
namespace {

// Until it is renamed it is of no use to anybody.
class Draft {
 public:
  Draft(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (fd_ >= 0) ::close(fd_);
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  bool write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(fd_, text.data(), text.size());
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fchmod(fd_, 0644) == 0 && ::fsync(fd_) == 0;
  }
  bool becomes(const std::string& path) {
    if (std::rename(path_.c_str(), path.c_str()) != 0) return false;
    path_.clear();
    return true;
  }

 private:
  std::string path_;
  int fd_;
};

std::unexpected<std::string> failed(const std::string& what, const std::string& path) {
  return std::unexpected(what + ": " + path + ": " + std::generic_category().message(errno));
}

}  // namespace

std::expected<void, std::string> replace_file(const std::string& path, std::string_view text) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash);
  // Hidden, and of no suffix that a pattern of files would take.
  std::string name = directory + "/." + path.substr(slash + 1) + ".XXXXXX";
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return failed("cannot create a file", directory);
  Draft draft(name, fd);
  if (!draft.write(text)) return failed("cannot write", name);
  if (!draft.becomes(path)) return failed("cannot replace", path);
  return {};
}

}  // namespace wgaudit
