#include "collectors/uapi/public_key.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <memory>

#include "collectors/secret/secret_buffer.hpp"

namespace wgaudit {
namespace {

// OpenSSL keeps the private half of an X25519 key in its secure heap where there is one: locked,
// and zeroed when freed.
constexpr std::size_t kSecureHeapBytes = 4096;
constexpr std::size_t kSecureHeapUnit = 32;

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

void prepare_openssl() {
  if (CRYPTO_secure_malloc_initialized() == 1) return;
  // No file of the system decides how a gateway's key is derived.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
  CRYPTO_secure_malloc_init(kSecureHeapBytes, kSecureHeapUnit);
}

unsigned digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10U;
}

}  // namespace

std::optional<Key> derive_public_key(std::string_view private_key_hex) {
  assert(private_key_hex.size() == 2 * Key::kSize);
  prepare_openssl();
  SecretBuffer scratch(Key::kSize);
  const auto secret = scratch.bytes().first(Key::kSize);
  for (std::size_t i = 0; i < Key::kSize; ++i) {
    const unsigned high = digit(private_key_hex[2 * i]);
    secret[i] = static_cast<std::byte>(high << 4U | digit(private_key_hex[2 * i + 1]));
  }
  if (std::ranges::all_of(secret, [](std::byte b) { return b == std::byte{0}; })) {
    return std::nullopt;
  }
  const auto* raw = reinterpret_cast<const unsigned char*>(secret.data());
  const PrivateKey private_key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, raw, Key::kSize), &EVP_PKEY_free);
  Key key;
  std::size_t size = Key::kSize;
  if (!private_key ||
      EVP_PKEY_get_raw_public_key(private_key.get(), key.bytes.data(), &size) != 1) {
    return std::nullopt;
  }
  return key;
}

}  // namespace wgaudit
