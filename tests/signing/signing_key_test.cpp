#include "exporter/signing/signing_key.hpp"

#include <gtest/gtest.h>

#include "exporter/signing/signature.hpp"

namespace wgaudit::test {
namespace {

// RFC 8032 §7.1, test 3, as `openssl genpkey` would write it.
constexpr std::string_view kPrivate =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view kMessage = "\xaf\x82";
constexpr std::string_view kSignature =
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";

SigningKey rfc_key() { return *SigningKey::from_pem(kPrivate, "rfc"); }

std::string why(std::string_view pem) {
  const auto key = SigningKey::from_pem(pem, "F");
  return key ? "" : key.error().message();
}

std::string why_public(std::string_view pem) {
  const auto key = VerifyingKey::from_pem(pem, "F");
  return key ? "" : key.error().message();
}

TEST(SigningKey, SignsAsRfc8032Does) {
  EXPECT_EQ(rfc_key().sign(kMessage), kSignature);
  EXPECT_TRUE(rfc_key().verifying().verify(kMessage, kSignature));
}

TEST(SigningKey, EveryOtherSignatureIsNone) {
  const SigningKey key = rfc_key();
  const VerifyingKey& verifying = key.verifying();
  EXPECT_FALSE(verifying.verify("\xaf\x83", kSignature));
  EXPECT_FALSE(SigningKey::generate().verifying().verify(kMessage, kSignature));
  for (std::size_t i = 0; i < kSignature.size(); ++i) {
    std::string other(kSignature);
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_FALSE(verifying.verify(kMessage, other)) << i;
  }
  // The same bytes, spelled otherwise.
  std::string upper(kSignature);
  upper[2] = 'A';
  for (const std::string& text :
       {std::string(), std::string(kSignature.substr(2)), std::string(kSignature) + "00",
        "0x" + std::string(kSignature.substr(2)), upper, ' ' + std::string(kSignature.substr(1))}) {
    EXPECT_FALSE(verifying.verify(kMessage, text)) << text;
  }
}

TEST(SigningKey, ComesBackFromItsPem) {
  const SigningKey key = SigningKey::generate();
  std::string pem;
  key.with_pem([&](std::string_view text) { pem = text; });
  const auto again = SigningKey::from_pem(pem, "F");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->verifying().id(), key.verifying().id());
  const auto verifying = VerifyingKey::from_pem(key.verifying().pem(), "F");
  ASSERT_TRUE(verifying);
  ASSERT_EQ(verifying->size(), 1U);
  EXPECT_EQ((*verifying)[0].id(), key.verifying().id());
  EXPECT_EQ((*verifying)[0].id().size(), 64U);
  EXPECT_TRUE((*verifying)[0].verify("text", key.sign("text")));
}

TEST(SigningKey, SeveralPublicKeysInOneFile) {
  const SigningKey a = SigningKey::generate(), b = SigningKey::generate();
  const auto keys = VerifyingKey::from_pem(
      "the first:\n" + a.verifying().pem() + "\nfingerprint: x\n" + b.verifying().pem(), "F");
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].id(), a.verifying().id());
  EXPECT_EQ((*keys)[1].id(), b.verifying().id());
}

TEST(SigningKey, WhatIsNoKeyIsSaidToBeNone) {
  constexpr std::string_view kNoPem = "cannot read signing key: F: not a private key in PEM";
  EXPECT_EQ(why(""), kNoPem);
  EXPECT_EQ(why("hello"), kNoPem);
  EXPECT_EQ(why(rfc_key().verifying().pem()), kNoPem);
  EXPECT_EQ(why(kPrivate.substr(0, 60)), kNoPem);
  EXPECT_EQ(
      why("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n"),
      "cannot read signing key: F: it is encrypted: a key without a passphrase is expected");
  // openssl genpkey -algorithm X25519: a key of WireGuard's kind.
  EXPECT_EQ(why("-----BEGIN PRIVATE KEY-----\n"
                "MC4CAQAwBQYDK2VuBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3\n"
                "-----END PRIVATE KEY-----\n"),
            "cannot read signing key: F: not a key of Ed25519");
  EXPECT_EQ(why_public(""), "cannot read public key: F: not a public key in PEM");
  EXPECT_EQ(why_public(kPrivate), "cannot read public key: F: not a public key in PEM");
  const std::string good = rfc_key().verifying().pem();
  EXPECT_EQ(why_public(good + good.substr(0, 60)),
            "cannot read public key: F: not a public key in PEM");
}

TEST(SignedLine, CoversEveryByteOfTheLine) {
  const SigningKey key = rfc_key();
  const std::string line =
      sign_line(R"({"a":"\"signature\":\"x","c":{"signature":""},"z":1})", key);
  const auto split = split_signature(line);
  ASSERT_TRUE(split);
  EXPECT_EQ(split->text, R"({"a":"\"signature\":\"x","c":{"signature":""},"z":1})");
  EXPECT_TRUE(key.verifying().verify(split->text, split->signature));
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string other = line;
    other[i] = static_cast<char>(other[i] ^ 1);
    const auto edited = split_signature(other);
    EXPECT_FALSE(edited && key.verifying().verify(edited->text, edited->signature)) << i;
  }
}

TEST(SignedLine, NoneOrSeveralSignaturesAreNone) {
  const std::string digits(128, '0');
  EXPECT_TRUE(split_signature(R"({"signature":")" + digits + "\"}"));
  EXPECT_FALSE(split_signature(R"({"signature":")" + digits));
  EXPECT_FALSE(split_signature(R"({"signature":")" + digits.substr(1) + "\"}"));
  EXPECT_FALSE(split_signature(R"({"signature":")" + digits + "0\"}"));
  EXPECT_FALSE(split_signature("{}"));
  EXPECT_FALSE(split_signature(""));
  EXPECT_FALSE(
      split_signature(R"({"signature":")" + digits + R"(","signature":")" + digits + "\"}"));
}

}  // namespace
}  // namespace wgaudit::test
