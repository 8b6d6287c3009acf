// A unix socket in the file system: made, taken over from a process that died, and removed again.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>

#include "exporter/web/socket.hpp"

namespace wgaudit {

// The name of a socket that is ours, removed with its owner: unless another stands there by then.
class UnixPath {
 public:
  UnixPath() = default;
  explicit UnixPath(std::string path);  // REQUIRES: a socket was just bound there
  UnixPath(UnixPath&& other) noexcept;
  UnixPath& operator=(UnixPath&& other) noexcept;
  ~UnixPath() { remove(); }
  void remove();

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

struct UnixListener {
  Socket socket;
  UnixPath path;
};
// Listens at `path`, open to owner and group (0660): they may see the page without a password. What
// is there already is replaced only if it is a socket of this user that nobody listens at. An error
// says why, without the path.
[[nodiscard]] std::expected<UnixListener, std::string> listen_at_path(const std::string& path);

}  // namespace wgaudit
