#include "tests/web/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <functional>
#include <memory>

namespace wgaudit::test {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr long kDay = 24 * 3600;

std::string pem_of(const std::function<void(BIO*)>& write) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  write(bio.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

struct Wanted {
  std::string name, names = "";
  bool is_authority = false, valid = true;
};

// Signed by `issuer`, or by itself.
Certified make(const Wanted& wanted, const Certified* issuer) {
  static long serial = 1;
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -2 * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wanted.valid ? kDay : -kDay);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(wanted.name.c_str()), -1, -1,
                             0);
  Certificate by(nullptr, &X509_free);
  Key signer(nullptr, &EVP_PKEY_free);
  if (issuer != nullptr) {
    const Bio cert(BIO_new_mem_buf(issuer->cert.data(), -1), &BIO_free);
    const Bio secret(BIO_new_mem_buf(issuer->key.data(), -1), &BIO_free);
    by.reset(PEM_read_bio_X509(cert.get(), nullptr, nullptr, nullptr));
    signer.reset(PEM_read_bio_PrivateKey(secret.get(), nullptr, nullptr, nullptr));
  }
  X509* const parent = by ? by.get() : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(parent));
  add_extension(certificate.get(), parent, NID_basic_constraints,
                wanted.is_authority ? "critical,CA:TRUE" : "");
  add_extension(certificate.get(), parent, NID_subject_alt_name, wanted.names);
  X509_sign(certificate.get(), signer ? signer.get() : key.get(), EVP_sha256());
  return {pem_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); }),
          pem_of([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace

Certified make_authority(const std::string& name, const Certified* authority) {
  return make({.name = name, .is_authority = true}, authority);
}

Certified make_certificate(const Certified& authority, const std::string& name,
                           const std::string& names, bool valid) {
  return make({.name = name, .names = names, .valid = valid}, &authority);
}

}  // namespace wgaudit::test
