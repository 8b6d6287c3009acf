#include "exporter/web/web_security.hpp"

#include <openssl/crypto.h>

#include <string_view>
#include <utility>

#include "exporter/codec/sha256.hpp"
#include "exporter/config/small_file.hpp"

namespace wgaudit {
namespace {

using enum ConfigProblem::Severity;

// One of the three texts in PEM: in the file itself, or in another.
struct Part {
  std::string_view name;
  std::string TlsFile::* text;
  std::string TlsFile::* file;
  std::string TlsMaterial::* material;
};
constexpr Part kParts[] = {
    {"cert", &TlsFile::cert, &TlsFile::cert_file, &TlsMaterial::cert},
    {"key", &TlsFile::key, &TlsFile::key_file, &TlsMaterial::key},
    {"client_ca", &TlsFile::client_ca, &TlsFile::client_ca_file, &TlsMaterial::client_ca},
};

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

class Loader {
 public:
  Loader(const std::string& path, LoadedWebSecurity& loaded) : path_(path), loaded_(loaded) {}

  std::shared_ptr<const WebSecurity> load(const WebSecurity* before) {
    loaded_.files = {path_};
    LoadedWebFile read = load_web_file(path_);
    loaded_.problems = std::move(read.problems);
    auto security = std::make_shared<WebSecurity>();
    security->file = std::move(read.file);
    if (security->file.tls_enabled()) use_tls(*security, before);
    wipe(security->file.tls.key);
    return has_errors(loaded_.problems) ? nullptr : security;
  }

 private:
  void use_tls(WebSecurity& security, const WebSecurity* before) {
    TlsMaterial material = read_material(security.file);
    if (!has_errors(loaded_.problems)) {
      security.tls_sha256 = digest(security.file.tls, material);
      if (before != nullptr && before->tls && before->tls_sha256 == security.tls_sha256) {
        security.tls = before->tls;
      } else {
        make_tls(security, material);
      }
    }
    wipe(material.key);
  }

  TlsMaterial read_material(const WebFile& file) {
    TlsMaterial material;
    for (const Part& part : kParts) {
      const std::string& named = file.tls.*part.file;
      if (named.empty()) {
        material.*part.material = file.tls.*part.text;
        continue;
      }
      loaded_.files.push_back(named);
      auto text = read_small_file(named);
      if (text) {
        material.*part.material = *std::move(text);
      } else {
        problem(file, part.name, named + " cannot be read: " + text.error());
      }
    }
    return material;
  }

  void make_tls(WebSecurity& security, const TlsMaterial& material) {
    auto made = TlsContext::make(security.file.tls, material);
    if (made) {
      security.tls = *std::move(made);
      return;
    }
    for (const TlsProblem& found : made.error()) problem(security.file, found.part, found.why);
  }

  // At the key that names the part, whether by a file or as text.
  void problem(const WebFile& file, std::string_view part, std::string why) {
    const std::string key = "tls_server_config." + std::string(part);
    for (const std::string& one : {key + "_file", key, std::string(part)}) {
      const auto place = file.places.find(one);
      if (place == file.places.end()) continue;
      loaded_.problems.push_back({error, place->second, std::move(why)});
      return;
    }
    loaded_.problems.push_back({error, path_, std::move(why)});
  }

  static std::string digest(const TlsFile& file, const TlsMaterial& material) {
    Sha256 sha;
    const auto add = [&](const std::string& text) {
      sha.add(std::to_string(text.size()) + ':');
      sha.add(text);
    };
    for (const Part& part : kParts) add(material.*part.material);
    for (const auto* list :
         {&file.client_allowed_sans, &file.cipher_suites, &file.curve_preferences}) {
      add(std::to_string(list->size()));
      for (const std::string& one : *list) add(one);
    }
    for (const int number :
         {static_cast<int>(file.client_auth), static_cast<int>(file.min_version),
          static_cast<int>(file.max_version), static_cast<int>(file.prefer_server_cipher_suites)}) {
      add(std::to_string(number));
    }
    return sha.hex();
  }

  const std::string& path_;
  LoadedWebSecurity& loaded_;
};

bool must_show_certificate(const WebSecurity& security) {
  return security.tls && security.file.tls.client_auth == ClientAuth::verify;
}
bool checks_certificates(const WebSecurity& security) {
  return security.tls && security.tls->verifies_clients();
}
bool asks_for_names(const WebSecurity& security) {
  return security.tls && !security.file.tls.client_allowed_sans.empty();
}

}  // namespace

std::vector<std::string> protection_lost(const WebSecurity& before, const WebSecurity& after) {
  std::vector<std::string> lost;
  const auto compare = [&](bool was, bool is, const char* name) {
    if (was && !is) lost.emplace_back(name);
  };
  compare(before.tls != nullptr, after.tls != nullptr, "TLS");
  compare(!before.file.users.empty(), !after.file.users.empty(), "basic_auth_users");
  compare(must_show_certificate(before) || checks_certificates(before),
          must_show_certificate(before) ? must_show_certificate(after) : checks_certificates(after),
          "client certificates that are verified");
  compare(asks_for_names(before), asks_for_names(after), "client_allowed_sans");
  return lost;
}

LoadedWebSecurity load_web_security(const std::string& path, const WebSecurity* before) {
  LoadedWebSecurity loaded;
  loaded.security =
      path.empty() ? std::make_shared<const WebSecurity>() : Loader(path, loaded).load(before);
  return loaded;
}

}  // namespace wgaudit
