// One request through TLS, by OpenSSL's own client. Loopback only.
#pragma once

#include <string>
#include <string_view>

#include "tests/web/certificates.hpp"

namespace wgaudit::test {

struct TlsClientOptions {
  Certified certificate = {};  // to show; empty: none
  std::string newest = "";     // "TLS12": no newer version
  std::string ciphers = "";    // of TLS 1.2
};

struct TlsAnswer {
  bool shook_hands = false;
  std::string version, cipher;
  std::string server_certificate;  // PEM
  std::string response;            // up to the close; "" where the server would not have us
};
[[nodiscard]] TlsAnswer ask_by_tls(const std::string& address, std::string_view request,
                                   const TlsClientOptions& options = {});

}  // namespace wgaudit::test
