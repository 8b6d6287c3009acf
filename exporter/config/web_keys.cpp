// The table of keys that the web configuration file may hold.
#include <algorithm>

#include "collectors/model/number.hpp"
#include "exporter/config/go_duration.hpp"
#include "exporter/config/web_file.hpp"

namespace wgaudit {
namespace {

constexpr Reason kTaken{};

template <auto Field>
Reason take_tls_text(WebFile& file, const std::string& value) {
  if (value.find('\0') != std::string::npos) return "must not hold a NUL byte";
  file.tls.*Field = value;
  return kTaken;
}

// Errors show a path: what was pasted here instead may be a private key.
template <auto Field>
Reason take_tls_path(WebFile& file, const std::string& value) {
  if (value.starts_with("-----BEGIN") || value.find('\n') != std::string::npos) {
    return "not a path: PEM itself goes into cert, key and client_ca";
  }
  return take_tls_text<Field>(file, value);
}

constexpr ValueName<ClientAuth> kClientAuths[] = {
    {"", ClientAuth::none},
    {"NoClientCert", ClientAuth::none},
    {"RequestClientCert", ClientAuth::request},
    {"RequireAnyClientCert", ClientAuth::require_any},
    {"RequireClientCert", ClientAuth::require_any},  // an old name of it
    {"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
    {"RequireAndVerifyClientCert", ClientAuth::verify},
};
Reason take_client_auth(WebFile& file, const std::string& value) {
  const auto found = value_named(kClientAuths, value);
  if (!found) {
    return "not one of NoClientCert, RequestClientCert, RequireAnyClientCert, "
           "VerifyClientCertIfGiven, RequireAndVerifyClientCert";
  }
  file.tls.client_auth = *found;
  file.tls.client_auth_said = !value.empty();
  return kTaken;
}

Reason take_allowed_san(WebFile& file, const std::string& value) {
  file.tls.client_allowed_sans.push_back(value);
  return kTaken;
}

constexpr ValueName<TlsVersion> kVersions[] = {{"TLS12", TlsVersion::tls12},
                                               {"TLS13", TlsVersion::tls13}};
template <auto Field>
Reason take_version(WebFile& file, const std::string& value) {
  if (value == "TLS10" || value == "TLS11") {
    return "TLS 1.2 is the least: TLS 1.0 and 1.1 are broken (RFC 8996)";
  }
  const auto found = value_named(kVersions, value);
  if (!found) return "not one of TLS12, TLS13";
  file.tls.*Field = *found;
  return kTaken;
}

// crypto/tls.CipherSuites() of Go, and the four without forward secrecy that it had before 1.22.
constexpr ValueName<std::string_view> kCiphers[] = {
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
    {"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
    {"TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"},
};
Reason take_cipher(WebFile& file, const std::string& value) {
  const auto found = value_named(kCiphers, value);
  if (!found) return "not a cipher suite that Go's tls.CipherSuites() names";
  file.tls.cipher_suites.emplace_back(*found);
  return kTaken;
}

constexpr ValueName<std::string_view> kCurves[] = {
    {"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}};
Reason take_curve(WebFile& file, const std::string& value) {
  const auto found = value_named(kCurves, value);
  if (!found) return "not one of CurveP256, CurveP384, CurveP521, X25519";
  file.tls.curve_preferences.emplace_back(*found);
  return kTaken;
}

Reason take_prefer_server(WebFile& file, const std::string& value) {
  file.tls.prefer_server_cipher_suites = value == "true";
  return kTaken;
}
Reason take_http2(WebFile& file, const std::string& value) {
  file.http2 = value == "true";
  return kTaken;
}

// The five that the toolkit lets one set. `Index` is into kHeaders.
struct Header {
  std::string_view name, first, second;  // the values that are allowed; "" = any
};
constexpr Header kHeaders[] = {{"Content-Security-Policy", "", ""},
                               {"Strict-Transport-Security", "", ""},
                               {"X-Content-Type-Options", "nosniff", ""},
                               {"X-Frame-Options", "deny", "sameorigin"},
                               {"X-XSS-Protection", "", ""}};
template <std::size_t Index>
Reason take_header(WebFile& file, const std::string& value) {
  const Header& header = kHeaders[Index];
  if (std::ranges::any_of(value, [](unsigned char c) { return c < ' ' || c >= 0x7f; })) {
    return "not the value of a header: printable ASCII in one line";
  }
  if (!header.first.empty() && value != header.first &&
      (header.second.empty() || value != header.second)) {
    return header.second.empty() ? "not nosniff" : "not one of deny, sameorigin";
  }
  if (!value.empty()) file.headers.emplace_back(header.name, value);
  return kTaken;
}

Reason take_interval(WebFile& file, const std::string& value) {
  const auto interval = parse_go_duration(value);
  if (!interval) return "not a duration such as 1s, 500ms or 1m30s";
  if (*interval < Duration{0}) return "must not be negative";
  file.rate_limit.interval = *interval;
  return kTaken;
}
Reason take_burst(WebFile& file, const std::string& value) {
  const auto burst = parse_number<std::int64_t>(value);
  if (!burst) return "not a whole number, or too large";
  if (*burst < 0) return "must not be negative";
  file.rate_limit.burst = *burst;
  return kTaken;
}

using enum WebKey::Kind;

constexpr WebKey kKeys[] = {
    {"tls_server_config.cert", text, take_tls_text<&TlsFile::cert>},
    {"tls_server_config.key", text, take_tls_text<&TlsFile::key>},
    {"tls_server_config.client_ca", text, take_tls_text<&TlsFile::client_ca>},
    {"tls_server_config.cert_file", text, take_tls_path<&TlsFile::cert_file>},
    {"tls_server_config.key_file", text, take_tls_path<&TlsFile::key_file>},
    {"tls_server_config.client_auth_type", text, take_client_auth},
    {"tls_server_config.client_ca_file", text, take_tls_path<&TlsFile::client_ca_file>},
    {"tls_server_config.client_allowed_sans", list, take_allowed_san},
    {"tls_server_config.min_version", text, take_version<&TlsFile::min_version>},
    {"tls_server_config.max_version", text, take_version<&TlsFile::max_version>},
    {"tls_server_config.cipher_suites", list, take_cipher},
    {"tls_server_config.prefer_server_cipher_suites", boolean, take_prefer_server},
    {"tls_server_config.curve_preferences", list, take_curve},
    {"http_server_config.http2", boolean, take_http2},
    {"http_server_config.headers.Content-Security-Policy", text, take_header<0>},
    {"http_server_config.headers.Strict-Transport-Security", text, take_header<1>},
    {"http_server_config.headers.X-Content-Type-Options", text, take_header<2>},
    {"http_server_config.headers.X-Frame-Options", text, take_header<3>},
    {"http_server_config.headers.X-XSS-Protection", text, take_header<4>},
    {"rate_limit.interval", text, take_interval},
    {"rate_limit.burst", number, take_burst},
};

}  // namespace

std::span<const WebKey> web_keys() { return kKeys; }

}  // namespace wgaudit
