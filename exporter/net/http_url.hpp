// Where an HTTP receiver is. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "exporter/net/resolve.hpp"

namespace wgaudit {

struct HttpUrl {
  bool tls = true;
  HostPort target;
  std::string path = "/";  // with the query; as it stands in a request
  friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

// http or https, without user and password: secrets come from files. The error says why, and shows
// nothing of the text.
[[nodiscard]] std::expected<HttpUrl, std::string_view> parse_http_url(std::string_view text);
// As a Host header has it: without the port where it is the scheme's.
[[nodiscard]] std::string host_header(const HttpUrl& url);

}  // namespace wgaudit
