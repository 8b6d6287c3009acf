#include "exporter/codec/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>

namespace wgaudit {
namespace {

// Fetched once: to look a digest up costs more than to hash a line. It fails for want of memory
// alone: SHA-256 is in every provider.
const EVP_MD* sha256() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  if (method == nullptr) throw std::bad_alloc();
  return method;
}

struct Context {
  EVP_MD_CTX* value = EVP_MD_CTX_new();
  Context() {
    if (value == nullptr) throw std::bad_alloc();
  }
  ~Context() { EVP_MD_CTX_free(value); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void begin() {
    if (EVP_DigestInit_ex2(value, sha256(), nullptr) != 1) throw std::bad_alloc();
  }
  void add(std::string_view bytes) { EVP_DigestUpdate(value, bytes.data(), bytes.size()); }
  [[nodiscard]] Sha256Digest digest() {
    Sha256Digest digest{};
    EVP_DigestFinal_ex(value, digest.data(), nullptr);
    return digest;
  }
};

}  // namespace

struct Sha256::State {
  Context context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { state_->context.begin(); }
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) { state_->context.add(bytes); }
Sha256Digest Sha256::digest() { return state_->context.digest(); }
std::string Sha256::hex() { return to_hex(digest()); }

std::string to_hex(const Sha256Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(2 * digest.size(), '\0');
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = kDigits[digest[i] >> 4U];
    text[2 * i + 1] = kDigits[digest[i] & 15U];
  }
  return text;
}

Sha256Digest sha256(std::string_view bytes) {
  // An event takes four of them: one context a thread.
  static thread_local Context context;
  context.begin();
  context.add(bytes);
  return context.digest();
}

std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(bytes)); }

}  // namespace wgaudit
