// Keys on the disk: the edge to the file system of what signs and checks.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "collectors/model/error.hpp"
#include "exporter/signing/signing_key.hpp"

namespace wgaudit {

inline constexpr const char* kSigningKeyName = "events-signing.key";
inline constexpr const char* kVerifyingKeyName = "events-signing.pub";

// A file that nobody but its owner and group may read.
[[nodiscard]] std::expected<SigningKey, Error> load_signing_key(const std::string& path);
// All that are in the file.
[[nodiscard]] std::expected<std::vector<VerifyingKey>, Error> load_verifying_keys(
    const std::string& path);

struct KeyFiles {
  std::string signing, verifying;  // paths
};
// DIRECTORY/events-signing.key (0600) and .pub (0644), whatever the umask. Neither may be there: a
// key that is lost cannot be made again. After an error there is no key.
[[nodiscard]] std::expected<KeyFiles, Error> write_key_files(const std::string& directory,
                                                             const SigningKey& key);

}  // namespace wgaudit
