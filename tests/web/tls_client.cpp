#include "tests/web/tls_client.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>

#include <memory>

#include "tests/web/client.hpp"

namespace wgaudit::test {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio reader_of(const std::string& pem) { return {BIO_new_mem_buf(pem.data(), -1), &BIO_free}; }

void show(SSL_CTX* context, const Certified& certificate) {
  if (certificate.cert.empty()) return;
  X509* cert = PEM_read_bio_X509(reader_of(certificate.cert).get(), nullptr, nullptr, nullptr);
  EVP_PKEY* key =
      PEM_read_bio_PrivateKey(reader_of(certificate.key).get(), nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, cert);
  SSL_CTX_use_PrivateKey(context, key);
  X509_free(cert);
  EVP_PKEY_free(key);
}

std::string peer_certificate(const SSL* session) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(bio.get(), SSL_get0_peer_certificate(session));
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

TlsAnswer ask_by_tls(const std::string& address, std::string_view request,
                     const TlsClientOptions& options) {
  signal(SIGPIPE, SIG_IGN);  // a server that closes while we write
  const Client client(address);
  const Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (options.newest == "TLS12") SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  if (!options.ciphers.empty()) SSL_CTX_set_cipher_list(context.get(), options.ciphers.c_str());
  show(context.get(), options.certificate);
  const Session session(SSL_new(context.get()), &SSL_free);
  SSL_set_fd(session.get(), client.fd());
  TlsAnswer answer;
  answer.shook_hands = SSL_connect(session.get()) == 1;
  if (!answer.shook_hands) return answer;
  answer.version = SSL_get_version(session.get());
  answer.cipher = SSL_get_cipher_name(session.get());
  answer.server_certificate = peer_certificate(session.get());
  SSL_write(session.get(), request.data(), static_cast<int>(request.size()));
  char buffer[64 * 1024];
  for (int size = 0; (size = SSL_read(session.get(), buffer, sizeof buffer)) > 0;) {
    answer.response.append(buffer, static_cast<std::size_t>(size));
  }
  return answer;
}

}  // namespace wgaudit::test
