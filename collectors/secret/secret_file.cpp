#include "collectors/secret/secret_file.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace wgaudit {
namespace {

bool is_below(std::string_view path, std::string_view directory) {
  while (directory.ends_with('/')) directory.remove_suffix(1);
  return !directory.empty() && path.starts_with(directory) &&
         path.substr(directory.size()).starts_with('/');
}

}  // namespace

bool is_credential(const std::string& path) {
  const std::string plain = std::filesystem::path(path).lexically_normal().string();
  if (is_below(plain, "/run/credentials")) return true;
  const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory != nullptr && is_below(plain, directory);
}

Readers readers_of(mode_t mode, const std::string& path) {
  if ((mode & S_IRWXO) != 0) return Readers::others;
  return (mode & S_IRWXG) != 0 && !is_credential(path) ? Readers::group : Readers::owner;
}

}  // namespace wgaudit
