// The calls of the file sink that a failing disk answers with an error: the one seam through which
// a test makes them fail. They return what the system calls do, with errno.
#pragma once

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <functional>

namespace wgaudit {

struct FileOps {
  std::function<int(int directory, const char* name, int flags, mode_t mode)> create =
      [](int directory, const char* name, int flags, mode_t mode) {
        return openat(directory, name, flags, mode);
      };
  std::function<ssize_t(int fd, const char* bytes, std::size_t size)> write =
      [](int fd, const char* bytes, std::size_t size) { return ::write(fd, bytes, size); };
  std::function<int(int directory, const char* name)> remove = [](int directory, const char* name) {
    return unlinkat(directory, name, 0);
  };
  std::function<int(int fd)> sync_data = [](int fd) { return fdatasync(fd); };
  std::function<int(int fd)> sync_directory = [](int fd) { return fsync(fd); };
};

}  // namespace wgaudit
