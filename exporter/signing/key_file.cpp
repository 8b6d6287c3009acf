#include "exporter/signing/key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "collectors/secret/secret_file.hpp"
#include "collectors/secret/secret_text.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMaxKeyBytes = 65536;

std::unexpected<Error> failed(std::string what, const std::string& path, std::string why) {
  return std::unexpected(Error{std::move(what), path, std::move(why)});
}

std::string system_message(int error) { return std::generic_category().message(error); }

std::string octal(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
  return text;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

// 0, or errno; then there is no such file but one that was there before.
int write_new(const std::string& path, mode_t mode, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) return errno;
  const bool written = fchmod(fd, mode) == 0 && write_all(fd, text) && fsync(fd) == 0;
  const int error = written ? 0 : errno;
  close(fd);
  if (!written) unlink(path.c_str());
  return error;
}

}  // namespace

std::expected<SigningKey, Error> load_signing_key(const std::string& path) {
  constexpr const char* kWhat = "cannot read signing key";
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return failed(kWhat, path, system_message(errno));
  if (!S_ISREG(status.st_mode)) return failed(kWhat, path, "not a regular file");
  // The group may, by whoever wants that: it is warned of (check_secret_files()).
  if (readers_of(status.st_mode, path) == Readers::others) {
    return failed(kWhat, path, "mode " + octal(status.st_mode) + ": others may read it");
  }
  auto text = read_secret_text(path, kMaxKeyBytes);
  if (!text) return failed(kWhat, path, text.error());
  return SigningKey::from_pem(text->view(), path);
}

std::expected<std::vector<VerifyingKey>, Error> load_verifying_keys(const std::string& path) {
  // Somebody may give the private key by mistake.
  auto text = read_secret_text(path, kMaxKeyBytes);
  if (!text) return failed("cannot read public key", path, text.error());
  return VerifyingKey::from_pem(text->view(), path);
}

std::expected<KeyFiles, Error> write_key_files(const std::string& directory,
                                               const SigningKey& key) {
  constexpr const char* kWhat = "cannot write key";
  const KeyFiles files{directory + '/' + kSigningKeyName, directory + '/' + kVerifyingKeyName};
  // The public one first: it is worth nothing alone, and says whether this can be done at all.
  if (const int error = write_new(files.verifying, 0644, key.verifying().pem()); error != 0) {
    return failed(kWhat, files.verifying, system_message(error));
  }
  int error = 0;
  key.with_pem([&](std::string_view pem) { error = write_new(files.signing, 0600, pem); });
  if (error == 0) return files;
  unlink(files.verifying.c_str());
  return failed(kWhat, files.signing, system_message(error));
}

}  // namespace wgaudit
