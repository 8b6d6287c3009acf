// The sockets of one UAPI directory (/run/wireguard), held open while they are read.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace wgaudit {

class UapiListing {
 public:
  explicit UapiListing(const std::string& path);
  ~UapiListing();
  UapiListing(const UapiListing&) = delete;
  UapiListing& operator=(const UapiListing&) = delete;

  // Why it could not be listed; empty when it was. A directory that is not there has no sockets.
  [[nodiscard]] const std::string& why() const { return why_; }
  // Nobody but `user` and root could put a socket there.
  [[nodiscard]] bool belongs_to(uid_t user) const;
  // Names of the interfaces that have a socket, sorted.
  [[nodiscard]] const std::vector<std::string>& interfaces() const { return interfaces_; }
  // Names the socket by the directory that was listed, whatever lies at its path by now.
  [[nodiscard]] std::string socket_path(const std::string& interface) const;

 private:
  void list();

  int directory_ = -1;
  std::string why_;
  std::vector<std::string> interfaces_;
};

}  // namespace wgaudit
