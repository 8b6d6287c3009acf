// The head of an HTTP request: found in what a client sent, checked, and reduced to what we use.
// Pure. Nothing else of a request is ever read.
//
// cpp-httplib 0.11.4 limits neither the number of headers nor their values, takes the value of a
// Range header through a recursive std::regex, and decodes %0d%0a in values. It is given the head
// as written anew here: the request line alone.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace wgaudit {

inline constexpr std::size_t kMaxHeadSize = 32 * 1024;
inline constexpr std::size_t kMaxTargetSize = 4 * 1024;
inline constexpr std::size_t kMaxHeaders = 100;

struct RequestHead {
  bool head_only = false;  // HEAD; else GET
  std::string target;      // "/metrics?x=y", printable ASCII
  // HTTP/1.1, no "Connection: close", and no body announced: the next request begins right behind.
  bool keep_alive = false;
  std::optional<std::string> host;  // of an absolute target its own; HTTP/1.0 may have none
  std::optional<std::string> authorization;
  std::string accept, accept_encoding;        // all of them as one list (RFC 9110, 5.3)
  std::optional<std::string> scrape_timeout;  // X-Prometheus-Scrape-Timeout-Seconds
};

// Where the head at the front of `input` ends, its blank line included. An error is the HTTP status
// to answer with: what stands there can never become one (also: too long). `scanned`: so much of it
// was looked at before, in vain, so that a drip of bytes does not cost its square.
[[nodiscard]] std::expected<std::optional<std::size_t>, int> find_head(std::string_view input,
                                                                       std::size_t scanned = 0);

// REQUIRES: `head` as found. An error is the HTTP status to answer with.
[[nodiscard]] std::expected<RequestHead, int> parse_head(std::string_view head);

}  // namespace wgaudit
