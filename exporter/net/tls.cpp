#include "exporter/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "collectors/model/cidr.hpp"

namespace wgaudit {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;
using Session = std::unique_ptr<SSL, FreeSession>;

std::string library_error() {
  const unsigned long code = ERR_peek_error();  // the first says most: the others follow from it
  const char* text = ERR_reason_error_string(code);
  ERR_clear_error();
  if (text != nullptr) return text;
  // ERR_LIB_SYS carries an errno.
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  return "TLS failed";
}

std::unexpected<std::string> file_error(const std::string& file) {
  return std::unexpected(file + ": " + library_error());
}

// A key that is encrypted is refused, not asked about on a terminal.
int no_password(char*, int, int, void*) { return -1; }

std::expected<Context, std::string> make_context(const TlsOptions& options) {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return std::unexpected(library_error());
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_passwd_cb(raw, no_password);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (options.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(raw) != 1) return std::unexpected(library_error());
  } else if (SSL_CTX_load_verify_file(raw, options.ca_file.c_str()) != 1) {
    return file_error(options.ca_file);
  }
  if (options.cert_file.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(raw, options.cert_file.c_str()) != 1) {
    return file_error(options.cert_file);
  }
  if (SSL_CTX_use_PrivateKey_file(raw, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1) {
    return file_error(options.key_file);
  }
  return context;
}

// By value: the library asks for bytes that it may write to.
bool expect_name(SSL* session, std::string name) {
  if (parse_address(name)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name.c_str()) == 1;
  }
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(session, name.c_str()) == 1 &&
         SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) ==
             1;
}

}  // namespace

struct TlsSession::State {
  Context context;
  Session session;
  int fd = -1;

  // After a call of the library that returned `result` <= 0: nullopt if it is to be made again.
  std::optional<std::string> not_now(int result, Deadline deadline, const Interruption& stop) {
    const int saved = errno;
    switch (SSL_get_error(session.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return wait(POLLIN, deadline, stop);
      case SSL_ERROR_WANT_WRITE:
        return wait(POLLOUT, deadline, stop);
      case SSL_ERROR_ZERO_RETURN:
        return "closed";
      case SSL_ERROR_SYSCALL:
        if (ERR_peek_error() == 0) {
          return saved == 0 ? "closed" : std::generic_category().message(saved);
        }
        break;
      default:
        break;
    }
    const long verdict = SSL_get_verify_result(session.get());
    if (verdict != X509_V_OK) {
      ERR_clear_error();
      return std::string("certificate: ") + X509_verify_cert_error_string(verdict);
    }
    return library_error();
  }
  std::optional<std::string> wait(short events, Deadline deadline, const Interruption& stop) const {
    const Ready ready = wait_for(fd, events, deadline, stop);
    if (ready == Ready::yes) return std::nullopt;
    return why_not(ready);
  }
};

TlsSession::TlsSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsSession::~TlsSession() = default;
TlsSession::TlsSession(TlsSession&&) noexcept = default;
TlsSession& TlsSession::operator=(TlsSession&&) noexcept = default;

std::expected<TlsSession, std::string> TlsSession::handshake(int fd, const TlsOptions& options,
                                                             const std::string& host,
                                                             Deadline deadline,
                                                             const Interruption& stop) {
  auto context = make_context(options);
  if (!context) return std::unexpected(context.error());
  auto state = std::make_unique<State>();
  state->context = *std::move(context);
  state->session.reset(SSL_new(state->context.get()));
  state->fd = fd;
  SSL* session = state->session.get();
  if (session == nullptr || SSL_set_fd(session, fd) != 1 ||
      !expect_name(session, options.server_name.empty() ? host : options.server_name)) {
    return std::unexpected(library_error());
  }
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int result = SSL_connect(session);
    if (result == 1) return TlsSession(std::move(state));
    if (auto why = state->not_now(result, deadline, stop)) return std::unexpected(*std::move(why));
  }
}

std::expected<void, std::string> TlsSession::write(std::string_view bytes, Deadline deadline,
                                                   const Interruption& stop) {
  while (!bytes.empty()) {
    ERR_clear_error();
    errno = 0;
    std::size_t written = 0;
    const int result = SSL_write_ex(state_->session.get(), bytes.data(), bytes.size(), &written);
    if (result == 1) {
      bytes.remove_prefix(written);
    } else if (auto why = state_->not_now(result, deadline, stop)) {
      return std::unexpected(*std::move(why));
    }
  }
  return {};
}

std::expected<std::size_t, std::string> TlsSession::read(std::span<char> buffer, Deadline deadline,
                                                         const Interruption& stop) {
  for (;;) {
    ERR_clear_error();
    errno = 0;
    std::size_t size = 0;
    const int result = SSL_read_ex(state_->session.get(), buffer.data(), buffer.size(), &size);
    if (result == 1) return size;
    if (SSL_get_error(state_->session.get(), result) == SSL_ERROR_ZERO_RETURN) return 0;
    if (auto why = state_->not_now(result, deadline, stop)) return std::unexpected(*std::move(why));
  }
}

bool TlsSession::is_quiet() {
  ERR_clear_error();
  char byte = 0;
  std::size_t size = 0;
  const int result = SSL_peek_ex(state_->session.get(), &byte, 1, &size);
  const bool quiet =
      result != 1 && SSL_get_error(state_->session.get(), result) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return quiet;
}

void TlsSession::close() {
  if (state_ == nullptr) return;  // moved from
  ERR_clear_error();
  SSL_shutdown(state_->session.get());
  ERR_clear_error();
}

std::string check_tls_files(const TlsOptions& options) {
  const auto context = make_context(options);
  return context ? "" : context.error();
}

}  // namespace wgaudit
