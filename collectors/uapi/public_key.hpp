// The public key of a userspace device, which its UAPI does not tell: X25519 of the private one.
#pragma once

#include <optional>
#include <string_view>

#include "collectors/model/key.hpp"

namespace wgaudit {

// The one place where a private key is copied: 32 bytes of locked scratch and OpenSSL's own locked
// heap, both wiped before this returns. nullopt for the zero key, which means "none".
// REQUIRES: 64 hexadecimal digits; one thread.
[[nodiscard]] std::optional<Key> derive_public_key(std::string_view private_key_hex);

}  // namespace wgaudit
