#include "exporter/web/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <new>
#include <utility>

#include "exporter/web/client_names.hpp"

namespace wgaudit {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// With forward secrecy and authenticated encryption, as Go's own.
constexpr const char* kDefaultCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

Bio reader_of(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

// What OpenSSL says of the newest error; it names files and numbers of lines, no content.
std::string openssl_reason(std::string_view otherwise) {
  const unsigned long code = ERR_peek_last_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string text = reason == nullptr ? std::string(otherwise) : reason;
  ERR_clear_error();
  return text;
}

// A key that is encrypted would ask at the terminal.
int no_password(char*, int, int, void*) { return 0; }

// Every certificate of a PEM text, in its order.
std::vector<Certificate> read_certificates(const std::string& pem) {
  std::vector<Certificate> list;
  const Bio bio = reader_of(pem);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) {
    list.emplace_back(one, &X509_free);
  }
  // At the end of the text PEM_read complains that there is no more: that is no problem.
  if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) ERR_clear_error();
  return list;
}

void use_certificate(SSL_CTX* context, const std::string& pem, std::vector<TlsProblem>& problems) {
  ERR_clear_error();
  const auto chain = read_certificates(pem);
  if (chain.empty() || ERR_peek_last_error() != 0) {
    problems.push_back({"cert", "no certificate in PEM: " + openssl_reason("nothing found")});
    return;
  }
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
    problems.push_back({"cert", "not usable: " + openssl_reason("refused")});
  }
  for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(context, chain[i].get());
}

void use_key(SSL_CTX* context, const std::string& pem, std::vector<TlsProblem>& problems) {
  ERR_clear_error();
  const Bio bio = reader_of(pem);
  const PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr),
                       &EVP_PKEY_free);
  if (key == nullptr) {
    ERR_clear_error();
    problems.push_back({"key", "no private key in PEM that needs no password"});
  } else if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    problems.push_back({"key", "does not fit the certificate: " + openssl_reason("refused")});
  }
}

void use_client_ca(SSL_CTX* context, const std::string& pem, std::vector<TlsProblem>& problems) {
  ERR_clear_error();
  const auto list = read_certificates(pem);
  if (list.empty() || ERR_peek_last_error() != 0) {
    problems.push_back({"client_ca", "no certificate in PEM: " + openssl_reason("nothing found")});
  }
  // Whatever stands in the file is an anchor, as for Go: an intermediate CA, a client's own one.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  for (const Certificate& one : list) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get());
    SSL_CTX_add_client_CA(context, one.get());
  }
}

int verify_mode(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::none:
      return SSL_VERIFY_NONE;
    case ClientAuth::request:
    case ClientAuth::verify_if_given:
      return SSL_VERIFY_PEER;
    case ClientAuth::require_any:
    case ClientAuth::verify:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_NONE;
}

// Instead of OpenSSL's own judgement of a certificate that a client shows.
int judge_client(X509_STORE_CTX* store, void* argument) {
  const auto& context = *static_cast<const TlsContext*>(argument);
  if (!context.verifies_clients()) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
  } else if (X509_verify_cert(store) != 1) {
    return 0;
  }
  if (context.allowed_sans().empty()) return 1;
  for (const std::string& name : subject_alternative_names(X509_STORE_CTX_get0_cert(store))) {
    if (std::ranges::find(context.allowed_sans(), name) != context.allowed_sans().end()) return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ":") + name;
  return text;
}

int protocol(TlsVersion version) {
  return version == TlsVersion::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

// Suites of TLS 1.3 cannot be chosen, as in Go: their names only say that they may stand there.
void use_ciphers(SSL_CTX* context, const TlsFile& file, std::vector<TlsProblem>& problems) {
  std::vector<std::string> old = file.cipher_suites;
  std::erase_if(old, [](const std::string& name) { return name.starts_with("TLS_"); });
  if (!file.cipher_suites.empty() && old.empty()) {
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    return;
  }
  const std::string list = old.empty() ? kDefaultCiphers : joined(old);
  if (SSL_CTX_set_cipher_list(context, list.c_str()) != 1) {
    problems.push_back({"tls_server_config.cipher_suites", openssl_reason("refused")});
  }
}

void use_curves(SSL_CTX* context, const TlsFile& file, std::vector<TlsProblem>& problems) {
  if (file.curve_preferences.empty()) return;
  if (SSL_CTX_set1_groups_list(context, joined(file.curve_preferences).c_str()) != 1) {
    problems.push_back({"tls_server_config.curve_preferences", openssl_reason("refused")});
  }
}

void set_up(SSL_CTX* context, const TlsFile& file) {
  SSL_CTX_set_min_proto_version(context, protocol(file.min_version));
  SSL_CTX_set_max_proto_version(context, protocol(file.max_version));
  std::uint64_t options = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET;
  if (file.prefer_server_cipher_suites) options |= SSL_OP_CIPHER_SERVER_PREFERENCE;
  SSL_CTX_set_options(context, options);
  // A session that is taken up again would bring a client in by a certificate that was good once.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

TlsContext::TlsContext(const TlsFile& file)
    : context_(SSL_CTX_new(TLS_server_method())),
      verifies_clients_(file.client_auth == ClientAuth::verify ||
                        file.client_auth == ClientAuth::verify_if_given),
      allowed_sans_(file.client_allowed_sans) {
  if (context_ == nullptr) throw std::bad_alloc();
  set_up(context_, file);
  SSL_CTX_set_verify(context_, verify_mode(file.client_auth), nullptr);
  SSL_CTX_set_cert_verify_callback(context_, judge_client, this);
}
TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::expected<std::shared_ptr<const TlsContext>, std::vector<TlsProblem>> TlsContext::make(
    const TlsFile& file, const TlsMaterial& material) {
  std::vector<TlsProblem> problems;
  const std::shared_ptr<const TlsContext> made(new TlsContext(file));
  use_certificate(made->get(), material.cert, problems);
  use_key(made->get(), material.key, problems);
  if (file.has_client_ca()) use_client_ca(made->get(), material.client_ca, problems);
  use_ciphers(made->get(), file, problems);
  use_curves(made->get(), file, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return made;
}

}  // namespace wgaudit
