// What must hold between the values of a web configuration file.
#include <algorithm>
#include <string>

#include "exporter/config/web_file.hpp"

namespace wgaudit {
namespace {

using enum ConfigProblem::Severity;

class Check {
 public:
  Check(const WebFile& file, const std::string& path) : file_(file), path_(path) {}

  [[nodiscard]] bool has(std::string_view key) const { return file_.places.contains(key); }
  // At the first of the keys that is there.
  void say(ConfigProblem::Severity severity, std::initializer_list<std::string_view> keys,
           std::string why) {
    const auto* key = std::ranges::find_if(keys, [&](std::string_view k) { return has(k); });
    problems_.push_back(
        {severity, key == keys.end() ? path_ : file_.places.find(*key)->second, std::move(why)});
  }
  [[nodiscard]] std::vector<ConfigProblem> take() { return std::move(problems_); }

 private:
  const WebFile& file_;
  const std::string& path_;
  std::vector<ConfigProblem> problems_;
};

constexpr std::string_view kTls = "tls_server_config";

bool is_of_tls13(std::string_view cipher) { return cipher.starts_with("TLS_"); }

void check_certificate(const TlsFile& tls, Check& check) {
  // One that is there and was refused is not missing.
  const bool said = check.has("tls_server_config.cert_file") || check.has("tls_server_config.cert");
  if (!tls.has_certificate() && !said) {
    check.say(error, {kTls}, "a certificate is missing: cert_file or cert");
  }
  const bool key_said =
      check.has("tls_server_config.key_file") || check.has("tls_server_config.key");
  if (!tls.has_key() && !key_said) check.say(error, {kTls}, "a key is missing: key_file or key");
  struct Pair {
    bool both;
    std::string_view inline_key, file_key;
  };
  for (const Pair& pair :
       {Pair{!tls.cert.empty() && !tls.cert_file.empty(), "tls_server_config.cert", "cert_file"},
        Pair{!tls.key.empty() && !tls.key_file.empty(), "tls_server_config.key", "key_file"},
        Pair{!tls.client_ca.empty() && !tls.client_ca_file.empty(), "tls_server_config.client_ca",
             "client_ca_file"}}) {
    if (!pair.both) continue;
    check.say(warning, {pair.inline_key}, "has no effect beside " + std::string(pair.file_key));
  }
}

void check_clients(const TlsFile& tls, Check& check) {
  // Refused: what was meant is not known.
  if (check.has("tls_server_config.client_auth_type") && !tls.client_auth_said) return;
  const bool verifies =
      tls.client_auth == ClientAuth::verify || tls.client_auth == ClientAuth::verify_if_given;
  const bool requires_one =
      tls.client_auth == ClientAuth::verify || tls.client_auth == ClientAuth::require_any;
  if (tls.has_client_ca() && tls.client_auth == ClientAuth::none) {
    check.say(error, {"tls_server_config.client_ca_file", "tls_server_config.client_ca"},
              "has no effect without client_auth_type: no client is asked for a certificate");
  }
  if (verifies && !tls.has_client_ca()) {
    check.say(error, {"tls_server_config.client_auth_type"},
              "client_ca_file is missing: a certificate of any public authority would do");
  }
  if (!check.has("tls_server_config.client_allowed_sans")) return;
  if (tls.client_allowed_sans.empty()) {
    check.say(error, {"tls_server_config.client_allowed_sans"},
              "is empty: no client would be let in");
  }
  if (!requires_one) {
    check.say(error, {"tls_server_config.client_allowed_sans"},
              "has no effect unless client_auth_type is RequireAndVerifyClientCert or "
              "RequireAnyClientCert: a client could come without a certificate");
  }
}

void check_versions(const TlsFile& tls, Check& check) {
  if (tls.min_version > tls.max_version) {
    check.say(error, {"tls_server_config.min_version"}, "is above max_version");
  }
  const bool only_tls13 =
      !tls.cipher_suites.empty() && std::ranges::all_of(tls.cipher_suites, is_of_tls13);
  if (only_tls13 && tls.max_version == TlsVersion::tls12) {
    check.say(error, {"tls_server_config.cipher_suites"},
              "holds suites of TLS 1.3 alone, and max_version is TLS12");
  }
}

void check_rate(const RateLimit& limit, Check& check) {
  if (limit.interval > Duration{0} && limit.burst < 1) {
    check.say(error, {"rate_limit.burst", "rate_limit.interval"},
              "burst must be at least 1: no request would ever pass");
  }
  if (limit.interval == Duration{0} && limit.burst > 0) {
    check.say(warning, {"rate_limit.burst"}, "has no effect without interval");
  }
}

}  // namespace

std::vector<ConfigProblem> check_web_file(const WebFile& file, const std::string& path) {
  Check check(file, path);
  if (file.tls_enabled()) {
    check_certificate(file.tls, check);
    check_clients(file.tls, check);
    check_versions(file.tls, check);
  } else {
    for (const WebKey& key : web_keys()) {
      if (!key.path.starts_with(kTls) || !check.has(key.path)) continue;
      check.say(warning, {key.path}, "has no effect without cert_file and key_file");
    }
  }
  if (file.http2) {
    check.say(warning, {"http_server_config.http2"}, "has no effect: HTTP/1.1 is what is spoken");
  }
  check_rate(file.rate_limit, check);
  return check.take();
}

}  // namespace wgaudit
