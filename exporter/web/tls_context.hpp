// A server's side of TLS as OpenSSL has it: certificate and key, which clients are let in, versions
// and ciphers. Made once for a configuration, then only read: any thread.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/web_file.hpp"

struct ssl_ctx_st;

namespace wgaudit {

// PEM, wherever it came from.
struct TlsMaterial {
  std::string cert, key, client_ca;
};

struct TlsProblem {
  std::string_view part;  // "cert", "key" or "client_ca"; else the key of the file that is wrong
  std::string why;        // never a byte of a key
  friend bool operator==(const TlsProblem&, const TlsProblem&) = default;
};

class TlsContext {
 public:
  // REQUIRES: check_web_file() has no error to say.
  [[nodiscard]] static std::expected<std::shared_ptr<const TlsContext>, std::vector<TlsProblem>>
  make(const TlsFile& file, const TlsMaterial& material);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] ssl_ctx_st* get() const { return context_; }
  // A certificate that a client shows is checked against client_ca.
  [[nodiscard]] bool verifies_clients() const { return verifies_clients_; }
  [[nodiscard]] const std::vector<std::string>& allowed_sans() const { return allowed_sans_; }

 private:
  explicit TlsContext(const TlsFile& file);

  ssl_ctx_st* context_;
  bool verifies_clients_;
  std::vector<std::string> allowed_sans_;
};

}  // namespace wgaudit
