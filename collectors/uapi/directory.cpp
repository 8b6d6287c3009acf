#include "collectors/uapi/directory.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kSuffix = ".sock";

struct CloseDirectory {
  void operator()(DIR* entries) const { closedir(entries); }
};

}  // namespace

UapiListing::UapiListing(const std::string& path)
    : directory_(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (directory_ < 0) {
    if (errno != ENOENT) why_ = strerror(errno);
    return;
  }
  list();
}

UapiListing::~UapiListing() {
  if (directory_ >= 0) close(directory_);
}

bool UapiListing::belongs_to(uid_t user) const {
  struct stat status{};
  return fstat(directory_, &status) == 0 && status.st_uid == user &&
         (status.st_mode & S_IWOTH) == 0;
}

void UapiListing::list() {
  const std::unique_ptr<DIR, CloseDirectory> entries(
      fdopendir(fcntl(directory_, F_DUPFD_CLOEXEC, 0)));
  if (!entries) {
    why_ = strerror(errno);
    return;
  }
  errno = 0;
  while (const dirent* entry = readdir(entries.get())) {
    std::string_view name = entry->d_name;
    struct stat kind{};
    if (!name.ends_with(kSuffix)) continue;
    if (fstatat(directory_, entry->d_name, &kind, AT_SYMLINK_NOFOLLOW) != 0) continue;
    name.remove_suffix(kSuffix.size());
    if (S_ISSOCK(kind.st_mode) && is_interface_name(name)) interfaces_.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) why_ = strerror(errno);
  std::ranges::sort(interfaces_);
}

std::string UapiListing::socket_path(const std::string& interface) const {
  return "/proc/self/fd/" + std::to_string(directory_) + '/' + interface + std::string(kSuffix);
}

}  // namespace wgaudit
