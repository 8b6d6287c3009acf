#include "collectors/model/endpoint.hpp"

#include <charconv>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

template <typename Integer>
std::optional<Integer> parse_number(std::string_view digits) {
  Integer value = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port || host.empty()) return std::nullopt;
  Endpoint endpoint;
  endpoint.port = *port;
  const bool bracketed = host.front() == '[';
  if (bracketed) {
    if (host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
    if (const auto percent = host.find('%'); percent != std::string_view::npos) {
      const auto scope = parse_number<std::uint32_t>(host.substr(percent + 1));
      if (!scope) return std::nullopt;
      endpoint.scope_id = *scope;
      host = host.substr(0, percent);
    }
  }
  const auto address = parse_address(host);
  if (!address || bracketed != (address->family == Family::ipv6)) return std::nullopt;
  endpoint.address = *address;
  return endpoint;
}

std::optional<Endpoint> parse_endpoint_any_scope(std::string_view text) {
  if (const auto plain = parse_endpoint(text)) return plain;
  const auto percent = text.find('%');
  const auto bracket = text.find(']', percent);
  if (percent == std::string_view::npos || bracket == std::string_view::npos) return std::nullopt;
  const std::string_view scope = text.substr(percent + 1, bracket - percent - 1);
  if (!is_interface_name(scope)) return std::nullopt;
  return parse_endpoint(std::string(text.substr(0, percent)).append(text.substr(bracket)));
}

std::string to_string(const Endpoint& endpoint) {
  if (!endpoint.known()) return {};
  std::string text = to_string(endpoint.address);
  if (endpoint.address.family == Family::ipv6) {
    if (endpoint.scope_id != 0) text += '%' + std::to_string(endpoint.scope_id);
    text = '[' + text + ']';
  }
  return text + ':' + std::to_string(endpoint.port);
}

}  // namespace wgaudit
