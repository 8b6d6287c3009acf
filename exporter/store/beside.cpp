#include "exporter/store/beside.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "exporter/store/directory.hpp"
#include "exporter/store/schema.hpp"

namespace wgaudit {
namespace {

// Without symlinks in it: SQLite refuses them.
std::expected<std::string, Error> database_path(const std::string& directory, int access,
                                                const char* what) {
  const std::string asked = directory + "/" + std::string(kDatabaseName);
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(directory.c_str(), nullptr),
                                                         &std::free);
  const auto failed = [&](const char* why) { return std::unexpected(Error{what, asked, why}); };
  if (real == nullptr) return failed(std::strerror(errno));
  std::string path = std::string(real.get()) + "/" + std::string(kDatabaseName);
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) return failed(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return failed("not a regular file");
  if (faccessat(AT_FDCWD, path.c_str(), access, AT_EACCESS) != 0) {
    return failed(std::strerror(errno));
  }
  return path;
}

std::optional<std::string> unfit(Database& database) {
  const auto version = schema_version(database);
  if (!version) return version.error().why;
  const auto known = static_cast<std::int64_t>(migrations().size());
  if (*version == 0) return "it is empty";
  if (*version > known) return "written by a newer release";
  if (*version < known)
    return "written by an older release, whose daemon has not been replaced yet";
  return std::nullopt;
}

}  // namespace

std::expected<OpenedBeside, Error> open_beside(const std::string& directory, Database::Mode mode,
                                               const char* what) {
  const bool writes = mode == Database::Mode::read_write;
  auto path = database_path(directory, writes ? R_OK | W_OK : R_OK, what);
  if (!path) return std::unexpected(path.error());
  auto database = Database::open(*path, mode);
  if (!database) return std::unexpected(Error{what, *path, database.error().why});
  // A query of a long history looks up rows of many pages, some of them again and again.
  if (!(*database)->run("PRAGMA cache_size = -16000")) {
    return std::unexpected(Error{what, *path, (*database)->error().why});
  }
  if (const auto why = unfit(**database)) return std::unexpected(Error{what, *path, *why});
  return OpenedBeside{*std::move(database), *std::move(path)};
}

}  // namespace wgaudit
