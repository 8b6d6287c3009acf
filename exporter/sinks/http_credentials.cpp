#include "exporter/sinks/http_credentials.hpp"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "collectors/model/text.hpp"
#include "collectors/secret/secret_text.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMaxSecret = 8192, kMaxFile = std::size_t{64} << 10U;

std::expected<std::string, std::string> read_secret(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    return std::unexpected(std::generic_category().message(errno));
  }
  // A FIFO would be waited for, longer than any deadline.
  if (!S_ISREG(status.st_mode)) return std::unexpected("not a regular file");
  auto text = read_secret_text(path, kMaxFile);
  if (!text) return std::unexpected(text.error());
  auto secret = secret_in(text->view());
  if (!secret) return std::unexpected(std::string(secret.error()));
  return *std::move(secret);
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock() adds a NUL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  text.pop_back();
  return text;
}

bool holds(std::string_view text, std::string_view part) {
  return !part.empty() && text.find(part) != std::string_view::npos;
}

}  // namespace

std::expected<std::string, std::string_view> secret_in(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) return std::unexpected("is empty");
  if (text.size() > kMaxSecret) return std::unexpected("is longer than 8192 bytes");
  const bool odd = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  if (odd) return std::unexpected("holds more than one line, or a control character");
  return std::string(text);
}

std::expected<Authorization, Error> read_authorization(const HttpCredentials& credentials) {
  const bool basic = !credentials.username.empty();
  const std::string& path = basic ? credentials.password_file : credentials.token_file;
  if (path.empty()) return Authorization{};
  auto secret = read_secret(path);
  if (!secret) {
    return std::unexpected(Error{"cannot read a secret", path, std::move(secret.error())});
  }
  if (!basic) return Authorization{credentials.token_scheme + ' ' + *secret, *secret};
  return Authorization{"Basic " + base64(credentials.username + ':' + *secret), *secret};
}

std::string told_by_receiver(std::string_view text, const Authorization& secret) {
  constexpr std::size_t kMost = 240;
  const std::string_view sent = secret.value;
  if (holds(text, secret.secret) || holds(text, sent.substr(sent.find(' ') + 1))) {
    return "its words are left out: they repeat the secret";
  }
  return to_valid_utf8(to_printable(text).substr(0, kMost));
}

}  // namespace wgaudit
