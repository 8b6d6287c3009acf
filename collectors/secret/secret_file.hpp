// Who can read a file that holds a secret, beside its owner: one rule for keys, tokens, passwords.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace wgaudit {

enum class Readers : std::uint8_t { owner, group, others };

// Below $CREDENTIALS_DIRECTORY or /run/credentials/: given by systemd's LoadCredential=, for as
// long as the service runs.
[[nodiscard]] bool is_credential(const std::string& path);
// By its mode, of which a credential shows as the group's what an ACL gives to the service alone.
[[nodiscard]] Readers readers_of(mode_t mode, const std::string& path);

}  // namespace wgaudit
