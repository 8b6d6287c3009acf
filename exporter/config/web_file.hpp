// The web configuration file (--web.config.file) as the exporter-toolkit of Prometheus defines it
// (docs/web-configuration.md there): TLS, client certificates, users, headers, rate limit. Values,
// and the reader from YAML. Pure but for load_web_file(), which reads that one file.
//
// Stricter than the toolkit where that lets somebody in by mistake; exporter/web/WEB.md lists it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/model/time.hpp"
#include "exporter/config/config_problem.hpp"
#include "exporter/config/setting_values.hpp"

namespace wgaudit {

// crypto/tls.ClientAuthType of Go.
enum class ClientAuth : std::uint8_t { none, request, require_any, verify_if_given, verify };
enum class TlsVersion : std::uint8_t { tls12 = 12, tls13 = 13 };

struct TlsFile {
  std::string cert, key, client_ca;                 // PEM in the file itself; "" = not there
  std::string cert_file, key_file, client_ca_file;  // paths, relative ones joined to the file's
  ClientAuth client_auth = ClientAuth::none;
  bool client_auth_said = false;  // and be it NoClientCert
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version = TlsVersion::tls12, max_version = TlsVersion::tls13;
  std::vector<std::string> cipher_suites, curve_preferences;  // as OpenSSL names them
  bool prefer_server_cipher_suites = true;

  [[nodiscard]] bool has_certificate() const { return !cert.empty() || !cert_file.empty(); }
  [[nodiscard]] bool has_key() const { return !key.empty() || !key_file.empty(); }
  [[nodiscard]] bool has_client_ca() const { return !client_ca.empty() || !client_ca_file.empty(); }
};

// One token each `interval`, `burst` at most; an interval of 0: no limit.
struct RateLimit {
  Duration interval{0};
  std::int64_t burst = 0;
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct WebFile {
  TlsFile tls;
  bool http2 = false;  // asked for; HTTP/1.1 is what is spoken
  std::vector<std::pair<std::string, std::string>> headers;
  std::map<std::string, std::string> users;  // name -> bcrypt hash
  RateLimit rate_limit;
  // Of every key that is there: "FILE:LINE:COLUMN: KEY", for problems that show later.
  std::map<std::string, std::string, std::less<>> places;

  // As the toolkit sees it: without all of these the other keys of TLS mean nothing.
  [[nodiscard]] bool tls_enabled() const {
    return tls.has_certificate() || tls.has_key() || tls.has_client_ca() || tls.client_auth_said;
  }
};

struct LoadedWebFile {
  WebFile file;  // not to be used where problems hold an error
  std::vector<ConfigProblem> problems;
};

// `path` stands in problems, and its folder is what relative paths are relative to.
[[nodiscard]] LoadedWebFile parse_web_file(const std::string& text, const std::string& path);
[[nodiscard]] LoadedWebFile load_web_file(const std::string& path);

// A key of the file that takes a value: "tls_server_config.cert_file". Below basic_auth_users every
// name does.
struct WebKey {
  enum class Kind : std::uint8_t { text, number, boolean, list };
  std::string_view path;
  Kind kind;
  // "" = taken, else why not. Of a list: one item.
  Reason (*take)(WebFile&, const std::string& value);
};
[[nodiscard]] std::span<const WebKey> web_keys();

// What holds between the values of a file that was read.
[[nodiscard]] std::vector<ConfigProblem> check_web_file(const WebFile& file,
                                                        const std::string& path);

}  // namespace wgaudit
