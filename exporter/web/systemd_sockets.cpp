// Socket activation: sd_listen_fds(3).
#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstring>

#include "exporter/web/listen.hpp"
#include "exporter/web/local_address.hpp"

namespace wgaudit {

std::expected<std::vector<Listener>, Error> take_systemd_sockets() {
  const auto cannot = [](std::string why) {
    return std::unexpected(Error{"cannot listen", "--web.systemd-socket", std::move(why)});
  };
  const int count = sd_listen_fds(0);
  if (count < 0) return cannot(std::strerror(-count));
  if (count == 0) return cannot("systemd hands over no socket (is there a wgaudit.socket unit?)");
  std::vector<Listener> listeners;
  for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; ++fd) {
    if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
      return cannot("descriptor " + std::to_string(fd) + " is no listening stream socket");
    }
    const auto address = local_address(fd);
    const int flags = fcntl(fd, F_GETFL);
    if (!address || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
      return cannot(std::strerror(errno));
    }
    const std::string text = to_text(*address);
    listeners.push_back({Socket(fd), text, text, !is_of_this_host(address->storage)});
  }
  return listeners;
}

}  // namespace wgaudit
