#include "exporter/web/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace wgaudit {
namespace {

constexpr int kBacklog = 256;
constexpr mode_t kMode = 0660;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy_n(path.data(), std::min(path.size(), sizeof address.sun_path - 1), address.sun_path);
  return address;
}
const sockaddr* as_sockaddr(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);  // as the sockets API wants it
}

Socket unix_socket() {
  return Socket(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// "": what stands at the path may be removed.
std::string why_not_stale(const std::string& path) {
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) return errno == ENOENT ? "" : std::strerror(errno);
  if (!S_ISSOCK(status.st_mode)) return "there is a file that is no socket; it is left alone";
  if (status.st_uid != geteuid()) return "there is a socket of another user; it is left alone";
  const Socket probe = unix_socket();
  const sockaddr_un address = address_of(path);
  // Not blocking: a listener whose queue is full says EAGAIN, and is one.
  if (connect(probe.fd(), as_sockaddr(address), sizeof address) == 0 || errno != ECONNREFUSED) {
    return "another process listens there (is another wgaudit running?)";
  }
  return "";
}

}  // namespace

UnixPath::UnixPath(std::string path) : path_(std::move(path)) {
  struct stat status{};
  if (lstat(path_.c_str(), &status) != 0) path_.clear();
  device_ = status.st_dev;
  inode_ = status.st_ino;
}
UnixPath::UnixPath(UnixPath&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}
UnixPath& UnixPath::operator=(UnixPath&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

void UnixPath::remove() {
  struct stat status{};
  const std::string path = std::exchange(path_, {});
  if (path.empty() || lstat(path.c_str(), &status) != 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) unlink(path.c_str());
}

std::expected<UnixListener, std::string> listen_at_path(const std::string& path) {
  UnixListener listener{unix_socket(), {}};
  if (!listener.socket) return std::unexpected(std::strerror(errno));
  // unix(7): bind makes the file with the mode of the socket less the umask; nobody else may come
  // before it has the one that is meant.
  fchmod(listener.socket.fd(), S_IRUSR | S_IWUSR);
  const sockaddr_un address = address_of(path);
  const auto try_bind = [&] {
    return bind(listener.socket.fd(), as_sockaddr(address), sizeof address) == 0;
  };
  if (!try_bind()) {
    if (errno != EADDRINUSE) return std::unexpected(std::strerror(errno));
    if (const std::string why = why_not_stale(path); !why.empty()) return std::unexpected(why);
    unlink(path.c_str());
    if (!try_bind()) return std::unexpected(std::strerror(errno));
  }
  listener.path = UnixPath(path);
  if (chmod(path.c_str(), kMode) != 0 || listen(listener.socket.fd(), kBacklog) != 0) {
    return std::unexpected(std::strerror(errno));
  }
  return listener;
}

}  // namespace wgaudit
