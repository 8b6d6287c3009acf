#include "exporter/web/head.hpp"

#include <algorithm>
#include <utility>

#include "collectors/model/ascii.hpp"

namespace wgaudit {
namespace {

constexpr int kBadRequest = 400, kMethodNotAllowed = 405, kUriTooLong = 414, kHeadTooLarge = 431,
              kVersionNotSupported = 505;
constexpr std::string_view kLineEnd = "\r\n";

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// RFC 9110, 5.6.2.
bool is_token_char(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return is_letter_or_digit(c) || kOthers.find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::find_if_not(text, is_token_char) == text.end();
}
bool is_visible(char c) { return c > ' ' && c < '\x7f'; }
// Bytes above 0x7f pass (obs-text); control characters do not.
bool is_value_char(char c) {
  return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
}

bool has_token(std::string_view list, std::string_view lowered) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_word(trimmed(list.substr(0, comma)), lowered)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find(kLineEnd));
  text.remove_prefix(line.size() + kLineEnd.size());
  return line;
}

// The characters of host and port (RFC 3986, 3.2): no user, no path, no blank.
bool is_authority(std::string_view text) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=%:[]";
  return std::ranges::all_of(text, [&](char c) {
    return is_letter_or_digit(c) || kOthers.find(c) != std::string_view::npos;
  });
}

// A path with its query, or the absolute form, as one sends it to a proxy and a server must take it
// too (RFC 9112, 3.2.2): then its authority stands for the Host header.
bool parse_target(std::string_view target, RequestHead& head,
                  std::optional<std::string>& authority) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_word(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::string_view host = target.substr(0, target.find_first_of("/?#"));
    if (host.empty() || host.starts_with(':') || !is_authority(host)) return false;
    authority = host;
    target.remove_prefix(host.size());
    if (!target.starts_with('/')) head.target = '/';
    head.target += target;
    return true;
  }
  head.target = target;
  return target.starts_with('/');
}

// 0, or the status.
int parse_request_line(std::string_view line, RequestHead& head,
                       std::optional<std::string>& authority) {
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return kBadRequest;
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method)) return kBadRequest;
  if (std::ranges::find_if_not(target, is_visible) != target.end()) return kBadRequest;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? kVersionNotSupported : kBadRequest;
  }
  if (method != "GET" && method != "HEAD") return kMethodNotAllowed;
  if (target.size() > kMaxTargetSize) return kUriTooLong;
  if (!parse_target(target, head, authority)) return kBadRequest;
  head.head_only = method == "HEAD";
  head.keep_alive = version == "HTTP/1.1";
  return 0;
}

void append_to_list(std::string& list, std::string_view value) {
  if (!list.empty()) list += ',';
  list += value;
}

// 0, or the status.
int parse_header(std::string_view line, RequestHead& head) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return kBadRequest;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (std::ranges::find_if_not(value, is_value_char) != value.end()) return kBadRequest;
  if (same_word(name, "host")) {
    if (head.host || !is_authority(value)) return kBadRequest;  // RFC 9112, 3.2
    head.host = value;
  } else if (same_word(name, "authorization")) {
    if (head.authorization) return kBadRequest;  // RFC 9110, 11.6.2: one
    head.authorization = value;
  } else if (same_word(name, "accept")) {
    append_to_list(head.accept, value);
  } else if (same_word(name, "accept-encoding")) {
    append_to_list(head.accept_encoding, value);
  } else if (same_word(name, "x-prometheus-scrape-timeout-seconds")) {
    head.scrape_timeout = value;
  } else if (same_word(name, "connection")) {
    if (has_token(value, "close")) head.keep_alive = false;
  } else if (same_word(name, "transfer-encoding") ||
             (same_word(name, "content-length") && value != "0")) {
    head.keep_alive = false;  // no body is read, so it must not be taken for the next request
  }
  return 0;
}

}  // namespace

std::expected<std::optional<std::size_t>, int> find_head(std::string_view input,
                                                         std::size_t scanned) {
  // A TLS greeting and other protocols end here, not in a time-out.
  if (!input.empty() && !is_token_char(input.front())) return std::unexpected(kBadRequest);
  const std::size_t begin = scanned - std::min<std::size_t>(scanned, 3);
  const std::size_t end = input.find("\r\n\r\n", begin);
  const std::string_view seen = input.substr(0, end);
  for (std::size_t i = seen.find('\n', begin); i != std::string_view::npos;
       i = seen.find('\n', i + 1)) {
    if (i == 0 || seen[i - 1] != '\r') return std::unexpected(kBadRequest);
  }
  if (seen.size() > kMaxHeadSize) return std::unexpected(kHeadTooLarge);
  if (end == std::string_view::npos) return std::nullopt;
  return end + 2 * kLineEnd.size();
}

std::expected<RequestHead, int> parse_head(std::string_view head) {
  RequestHead result;
  std::optional<std::string> authority;
  if (const int status = parse_request_line(take_line(head), result, authority)) {
    return std::unexpected(status);
  }
  const bool needs_host = result.keep_alive;  // HTTP/1.1; so far no header says otherwise
  for (std::size_t headers = 0; head != kLineEnd; ++headers) {
    if (headers >= kMaxHeaders) return std::unexpected(kHeadTooLarge);
    if (const int status = parse_header(take_line(head), result)) return std::unexpected(status);
  }
  if (needs_host && !result.host) return std::unexpected(kBadRequest);  // RFC 9112, 3.2
  if (authority) result.host = std::move(authority);
  return result;
}

}  // namespace wgaudit
