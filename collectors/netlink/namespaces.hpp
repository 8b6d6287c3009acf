// Network namespaces as files: opened, told apart, visited (setns(2), namespaces(7)). Edge.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "collectors/model/error.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {

// A namespace held open. It lives as long as the file is open: never keep one past a visit.
class NamespaceFile {
 public:
  // Errors are errno values.
  [[nodiscard]] static std::expected<NamespaceFile, int> open(const std::string& path);
  ~NamespaceFile();
  NamespaceFile(NamespaceFile&& other) noexcept;
  NamespaceFile& operator=(NamespaceFile&&) = delete;
  NamespaceFile(const NamespaceFile&) = delete;
  NamespaceFile& operator=(const NamespaceFile&) = delete;

  // What tells namespaces apart, whatever they are called.
  struct Identity {
    std::uint64_t device = 0, inode = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  [[nodiscard]] Identity identity() const { return identity_; }
  // Moves the calling thread there. errno; EINVAL: the file is none, a name left behind.
  [[nodiscard]] std::expected<void, int> enter() const;

 private:
  NamespaceFile(int fd, Identity identity) : fd_(fd), identity_(identity) {}
  int fd_;
  Identity identity_;
};

// The namespace of the calling thread.
[[nodiscard]] std::expected<NamespaceFile, int> open_own_namespace();

// All of `directory` (/run/netns) in name order; none if there is no such directory.
[[nodiscard]] std::expected<std::vector<NetnsTarget>, int> list_named_namespaces(
    const std::string& directory);

}  // namespace wgaudit
