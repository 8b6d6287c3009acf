#include "exporter/web/channel.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

namespace wgaudit {
namespace {

constexpr unsigned char kTlsHandshake = 22;  // RFC 8446, 5.1: ContentType

using Progress = Channel::Progress;

Channel::Moved of_system_call(ssize_t size) {
  if (size >= 0) return {Progress::done, static_cast<std::size_t>(size)};
  const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {later ? Progress::blocked : Progress::failed, 0};
}

}  // namespace

void Channel::FreeSsl::operator()(ssl_st* ssl) const { SSL_free(ssl); }

Channel::Channel(Socket socket, std::shared_ptr<const TlsContext> tls)
    : socket_(std::move(socket)), tls_(std::move(tls)), read_event_(POLLIN), write_event_(POLLOUT) {
  if (tls_ == nullptr) return;
  ssl_.reset(SSL_new(tls_->get()));
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), fd()) != 1) throw std::bad_alloc();
  SSL_set_accept_state(ssl_.get());
}
Channel::Channel(Channel&&) noexcept = default;
Channel::~Channel() = default;

Progress Channel::judge(int result, short& event) const {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
      return Progress::done;
    case SSL_ERROR_WANT_READ:
      event = POLLIN;
      return Progress::blocked;
    case SSL_ERROR_WANT_WRITE:
      event = POLLOUT;
      return Progress::blocked;
    default:
      return Progress::failed;
  }
}

Progress Channel::handshake() {
  ERR_clear_error();
  return judge(SSL_do_handshake(ssl_.get()), read_event_);
}

int Channel::stage() const { return SSL_get_state(ssl_.get()); }

bool Channel::client_is_verified() const {
  return ssl_ != nullptr && tls_->verifies_clients() &&
         SSL_get0_peer_certificate(ssl_.get()) != nullptr &&
         SSL_get_verify_result(ssl_.get()) == X509_V_OK;
}

bool Channel::is_spoken_to_plainly() const {
  unsigned char first = 0;
  return SSL_in_before(ssl_.get()) == 1 && recv(fd(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1 &&
         first != kTlsHandshake;
}

void Channel::become_plain() { ssl_.reset(); }

Channel::Moved Channel::read(std::span<char> buffer) {
  if (ssl_ == nullptr)
    return of_system_call(recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT));
  ERR_clear_error();
  std::size_t size = 0;
  const Progress progress =
      judge(SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size), read_event_);
  if (progress == Progress::done) read_event_ = POLLIN;
  return {progress, size};
}

Channel::Moved Channel::write(std::string_view bytes, std::string_view more_bytes) {
  if (ssl_ == nullptr) {
    // writev(2) only reads from it.
    std::array<iovec, 2> parts{{{const_cast<char*>(bytes.data()), bytes.size()},
                                {const_cast<char*>(more_bytes.data()), more_bytes.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return of_system_call(sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL));
  }
  const std::string_view next = bytes.empty() ? more_bytes : bytes;
  ERR_clear_error();
  std::size_t size = 0;
  const Progress progress =
      judge(SSL_write_ex(ssl_.get(), next.data(), next.size(), &size), write_event_);
  if (progress == Progress::done) write_event_ = POLLOUT;
  return {progress, size};
}

bool Channel::holds_more() const { return ssl_ != nullptr && SSL_has_pending(ssl_.get()) == 1; }

void Channel::end_writing() {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // close_notify; whether it gets through makes no difference
  }
  shutdown(fd(), SHUT_WR);
}

Channel::Moved Channel::drain() {
  char buffer[16 * 1024];
  return of_system_call(recv(fd(), buffer, sizeof buffer, MSG_DONTWAIT));
}

}  // namespace wgaudit
