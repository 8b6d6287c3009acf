// The web configuration file with all that it names: what the server asks of who comes. Reads
// files; the value is never changed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/config/web_file.hpp"
#include "exporter/web/tls_context.hpp"

namespace wgaudit {

struct WebSecurity {
  WebFile file;                           // the inline private key taken out
  std::shared_ptr<const TlsContext> tls;  // null: plain HTTP
  std::string tls_sha256;                 // of all that `tls` was made from

  // Nobody gets an answer without a password or a certificate that was verified.
  [[nodiscard]] bool authenticates() const {
    return !file.users.empty() || (tls && file.tls.client_auth == ClientAuth::verify);
  }
  // Whether a listener that others reach is to be reported (rule exposed_listener).
  [[nodiscard]] bool is_open() const { return tls == nullptr || !authenticates(); }
};

struct LoadedWebSecurity {
  std::shared_ptr<const WebSecurity> security;  // null: it cannot be used
  std::vector<ConfigProblem> problems;
  std::vector<std::string> files;  // that were read, the web configuration file first
};

// What `before` asks of who comes and `after` no longer does, by the names of the file; empty: none
// of it. A file that was cut short is a good one that asks for less. Pure.
[[nodiscard]] std::vector<std::string> protection_lost(const WebSecurity& before,
                                                       const WebSecurity& after);

// "" gives the security of no file: plain HTTP for everybody. Where the certificates are those of
// `before` its TlsContext is used again.
[[nodiscard]] LoadedWebSecurity load_web_security(const std::string& path,
                                                  const WebSecurity* before = nullptr);

}  // namespace wgaudit
