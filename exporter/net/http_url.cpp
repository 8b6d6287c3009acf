#include "exporter/net/http_url.hpp"

#include <algorithm>
#include <optional>

#include "collectors/model/cidr.hpp"
#include "collectors/model/number.hpp"

namespace wgaudit {
namespace {

constexpr std::uint16_t kHttpPort = 80, kHttpsPort = 443;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  return port == 0 ? std::nullopt : port;
}

bool is_name(std::string_view host) {
  constexpr std::string_view kMarks = "-._";
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

// Takes the host off the front; nullopt: it is none.
std::optional<std::string> take_host(std::string_view& authority) {
  if (!authority.starts_with('[')) {
    const std::size_t end = std::min(authority.find(':'), authority.size());
    const std::string_view host = authority.substr(0, end);
    authority.remove_prefix(end);
    if (!is_name(host)) return std::nullopt;
    return std::string(host);
  }
  const std::size_t end = authority.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view host = authority.substr(1, end - 1);
  authority.remove_prefix(end + 1);
  const auto address = parse_address(host);
  if (!address || address->family != Family::ipv6) return std::nullopt;
  return std::string(host);
}

}  // namespace

std::expected<HttpUrl, std::string_view> parse_http_url(std::string_view text) {
  HttpUrl url;
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://")) {
    return std::unexpected("not a URL that begins with https:// or http://");
  }
  const bool odd = std::ranges::any_of(text, [](char c) { return c <= ' ' || c >= 0x7f; });
  if (odd) return std::unexpected("holds a byte that no URL may hold");
  text.remove_prefix(text.find("//") + 2);
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, end);
  const std::string_view path = text.substr(end);
  if (authority.find('@') != std::string_view::npos) {
    return std::unexpected("names a user: secrets come from files");
  }
  if (path.find('#') != std::string_view::npos) return std::unexpected("has a fragment");
  auto host = take_host(authority);
  if (!host) return std::unexpected("has no host, or one that is none");
  url.target = {*std::move(host), url.tls ? kHttpsPort : kHttpPort};
  if (!authority.empty()) {
    const auto port = authority.starts_with(':') ? parse_port(authority.substr(1)) : std::nullopt;
    if (!port) return std::unexpected("has a port that is none");
    url.target.port = *port;
  }
  url.path = path.starts_with('/') ? path : '/' + std::string(path);
  return url;
}

std::string host_header(const HttpUrl& url) {
  std::string text = to_string(url.target);
  if (url.target.port == (url.tls ? kHttpsPort : kHttpPort)) text.resize(text.rfind(':'));
  return text;
}

}  // namespace wgaudit
