// Ed25519 keys (RFC 8032, OpenSSL): what signs checkpoints, and what they are checked with.
//
// A private key is PKCS#8 in PEM, a public one SubjectPublicKeyInfo in PEM, as openssl-pkey(1)
// reads and writes both. Values; every const member from any thread.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/model/error.hpp"

// OpenSSL's, declared here so that its headers stay in the .cpp.
struct evp_pkey_st;

namespace wgaudit {

class VerifyingKey {
 public:
  // All keys of a text with one after the other; at least one. `subject` is the file, for errors.
  [[nodiscard]] static std::expected<std::vector<VerifyingKey>, Error> from_pem(
      std::string_view pem, const std::string& subject);

  // SHA-256 of the key in DER (SubjectPublicKeyInfo), 64 digits:
  // openssl pkey -pubin -in F -outform DER | sha256sum
  [[nodiscard]] const std::string& id() const { return id_; }
  // `signature`: 128 lower-case hexadecimal digits; anything else is none.
  [[nodiscard]] bool verify(std::string_view text, std::string_view signature) const;
  [[nodiscard]] std::string pem() const;

 private:
  friend class SigningKey;
  explicit VerifyingKey(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  std::string id_;
};

// Its bytes lie in memory that is locked and left out of cores where the system allows it, and are
// wiped at the end.
class SigningKey {
 public:
  [[nodiscard]] static SigningKey generate();
  [[nodiscard]] static std::expected<SigningKey, Error> from_pem(std::string_view pem,
                                                                 const std::string& subject);

  // 128 lower-case hexadecimal digits.
  [[nodiscard]] std::string sign(std::string_view text) const;
  [[nodiscard]] const VerifyingKey& verifying() const { return verifying_; }
  // Shows the PEM to `use`, and wipes it after.
  void with_pem(const std::function<void(std::string_view pem)>& use) const;

 private:
  explicit SigningKey(std::shared_ptr<evp_pkey_st> key);

  std::shared_ptr<evp_pkey_st> key_;
  VerifyingKey verifying_;
};

}  // namespace wgaudit
