#include "exporter/signing/signing_key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <new>
#include <utility>

namespace wgaudit {
namespace {

constexpr std::size_t kSignatureBytes = 64;
constexpr std::string_view kDigits = "0123456789abcdef";

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// What fails here for no fault of its input fails for want of memory.
template <typename T>
T* required(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

Bio reading(std::string_view text) {
  return {required(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))), &BIO_free};
}

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }

// OpenSSL would ask the terminal for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

std::string to_hex(const unsigned char* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4U];
    text += kDigits[bytes[i] & 15U];
  }
  return text;
}

// One spelling a signature: an edit that means the same is an edit.
bool from_hex(std::string_view text, std::array<unsigned char, kSignatureBytes>& bytes) {
  if (text.size() != 2 * kSignatureBytes) return false;
  for (std::size_t i = 0; i < kSignatureBytes; ++i) {
    const std::size_t high = kDigits.find(text[2 * i]), low = kDigits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes[i] = static_cast<unsigned char>(high << 4U | low);
  }
  return true;
}

std::string id_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) throw std::bad_alloc();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  std::size_t length = 0;
  const int done = EVP_Q_digest(nullptr, "SHA256", nullptr, der, static_cast<std::size_t>(size),
                                digest.data(), &length);
  OPENSSL_free(der);
  if (done != 1) throw std::bad_alloc();
  return to_hex(digest.data(), length);
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Locked, and MADV_DONTDUMP; where RLIMIT_MEMLOCK forbids that, it is ordinary memory, wiped all
// the same.
void use_secure_heap() {
  constexpr std::size_t kHeapBytes = 16384, kLeastBytes = 32;
  [[maybe_unused]] static const int outcome = CRYPTO_secure_malloc_init(kHeapBytes, kLeastBytes);
}

}  // namespace

VerifyingKey::VerifyingKey(std::shared_ptr<EVP_PKEY> key)
    : key_(std::move(key)), id_(id_of(key_.get())) {}

std::expected<std::vector<VerifyingKey>, Error> VerifyingKey::from_pem(std::string_view pem,
                                                                       const std::string& subject) {
  const auto failed = [&](std::string why) {
    ERR_clear_error();
    return std::unexpected(Error{"cannot read public key", subject, std::move(why)});
  };
  // Block by block: what stands around keys in PEM is no matter; half a key is.
  constexpr std::string_view kBegin = "-----BEGIN ";
  std::vector<VerifyingKey> keys;
  for (std::size_t at = pem.find(kBegin), next = 0; at != std::string_view::npos; at = next) {
    next = pem.find(kBegin, at + kBegin.size());
    const Bio bio = reading(pem.substr(at, next == std::string_view::npos ? next : next - at));
    EVP_PKEY* const key = PEM_read_bio_PUBKEY(bio.get(), nullptr, &no_passphrase, nullptr);
    if (key == nullptr) return failed("not a public key in PEM");
    auto one = owned(key);
    if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return failed("not a key of Ed25519");
    keys.push_back(VerifyingKey(std::move(one)));
  }
  if (keys.empty()) return failed("not a public key in PEM");
  return keys;
}

bool VerifyingKey::verify(std::string_view text, std::string_view signature) const {
  std::array<unsigned char, kSignatureBytes> bytes{};
  if (!from_hex(signature, bytes)) return false;
  const DigestContext context(required(EVP_MD_CTX_new()), &EVP_MD_CTX_free);
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes.data(), bytes.size(), bytes_of(text), text.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string VerifyingKey::pem() const {
  const Bio bio(required(BIO_new(BIO_s_mem())), &BIO_free);
  if (PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1) throw std::bad_alloc();
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

SigningKey::SigningKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)), verifying_(key_) {}

SigningKey SigningKey::generate() {
  use_secure_heap();
  return SigningKey(owned(required(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))));
}

std::expected<SigningKey, Error> SigningKey::from_pem(std::string_view pem,
                                                      const std::string& subject) {
  use_secure_heap();
  const auto failed = [&](std::string why) {
    ERR_clear_error();
    return std::unexpected(Error{"cannot read signing key", subject, std::move(why)});
  };
  if (pem.contains("ENCRYPTED"))
    return failed("it is encrypted: a key without a passphrase is expected");
  const Bio bio = reading(pem);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr);
  if (key == nullptr) return failed("not a private key in PEM");
  auto one = owned(key);
  if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return failed("not a key of Ed25519");
  ERR_clear_error();
  return SigningKey(std::move(one));
}

std::string SigningKey::sign(std::string_view text) const {
  const DigestContext context(required(EVP_MD_CTX_new()), &EVP_MD_CTX_free);
  std::array<unsigned char, kSignatureBytes> signature{};
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(text), text.size()) != 1) {
    throw std::bad_alloc();
  }
  return to_hex(signature.data(), size);
}

void SigningKey::with_pem(const std::function<void(std::string_view)>& use) const {
  const Bio bio(required(BIO_new(BIO_s_secmem())), &BIO_free);
  if (PEM_write_bio_PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    throw std::bad_alloc();
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  use({text, static_cast<std::size_t>(size)});
}

}  // namespace wgaudit
