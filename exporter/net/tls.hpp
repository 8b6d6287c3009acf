// TLS 1.2 or later to a receiver, whose certificate and name are always checked. OpenSSL stays in
// tls.cpp.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "exporter/net/wait.hpp"

namespace wgaudit {

struct TlsOptions {
  std::string ca_file{};                // PEM; "" = the authorities that the system trusts
  std::string cert_file{}, key_file{};  // of this client, PEM; both or none
  std::string server_name{};  // what the certificate must be for; "" = the host connected to
  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

// Of one connection. The files are read by each handshake(): a certificate that was renewed is used
// from the next connection on. One thread at a time. Errors say why.
class TlsSession {
 public:
  // `fd` is connected and non-blocking, and outlives the session.
  [[nodiscard]] static std::expected<TlsSession, std::string> handshake(int fd,
                                                                        const TlsOptions& options,
                                                                        const std::string& host,
                                                                        Deadline deadline,
                                                                        const Interruption& stop);
  ~TlsSession();
  TlsSession(TlsSession&&) noexcept;
  TlsSession& operator=(TlsSession&&) noexcept;

  // All of it. REQUIRES: SIGPIPE is ignored.
  [[nodiscard]] std::expected<void, std::string> write(std::string_view bytes, Deadline deadline,
                                                       const Interruption& stop);
  // At least one byte; 0: the other side closed.
  [[nodiscard]] std::expected<std::size_t, std::string> read(std::span<char> buffer,
                                                             Deadline deadline,
                                                             const Interruption& stop);
  // Nothing waits to be read, and it is not closed.
  [[nodiscard]] bool is_quiet();
  // Says goodbye, without waiting for an answer.
  void close();

 private:
  struct State;
  explicit TlsSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Why these files cannot be used; "" if they can. Reads them: for `check config`.
[[nodiscard]] std::string check_tls_files(const TlsOptions& options);

}  // namespace wgaudit
