#include "exporter/config/listen_address.hpp"

#include <sys/un.h>

#include <charconv>

namespace wgaudit {
namespace {

constexpr std::string_view kUnix = "unix:";
// unix(7): with the NUL behind it.
constexpr std::size_t kLongestPath = sizeof(sockaddr_un{}.sun_path) - 1;

std::optional<ListenAddress> parse_path(std::string_view path) {
  if (!path.starts_with('/') || path.ends_with('/') || path.size() > kLongestPath ||
      path.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  ListenAddress address;
  address.path = path;
  return address;
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_path(text.substr(kUnix.size()));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  ListenAddress address;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return std::nullopt;  // an IPv6 address without brackets is no address and port
  }
  if (host.find_first_of(std::string_view(" \t\r\n/\0", 6)) != std::string_view::npos) {
    return std::nullopt;
  }
  address.host = host;
  return address;
}

}  // namespace wgaudit
