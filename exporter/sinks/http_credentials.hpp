// What the `http` sink shows a receiver to be let in. Secrets are read from their files for every
// request: one that was renewed is used at once.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "collectors/model/error.hpp"

namespace wgaudit {

struct HttpCredentials {
  std::string token_file{}, token_scheme{};  // "Authorization: SCHEME TOKEN"
  std::string username{}, password_file{};   // basic authentication, RFC 7617
  friend bool operator==(const HttpCredentials&, const HttpCredentials&) = default;
};

// What is secret of a request: the value of the header Authorization, and what it was made of.
struct Authorization {
  std::string value;  // "" = no such header
  std::string secret;
};
[[nodiscard]] std::expected<Authorization, Error> read_authorization(
    const HttpCredentials& credentials);

// The first line of a text that holds one secret, with nothing after it but an end of line. The
// error says why not, and shows nothing of the text. Pure.
[[nodiscard]] std::expected<std::string, std::string_view> secret_in(std::string_view text);

// A receiver's own words for a log or a table: printable, short, and not at all where they hold the
// secret.
[[nodiscard]] std::string told_by_receiver(std::string_view text, const Authorization& secret);

}  // namespace wgaudit
