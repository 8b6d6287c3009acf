// Which path gives what. Pure but for the functions of WebSource.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/web/head.hpp"
#include "exporter/web/reply.hpp"
#include "exporter/web/server.hpp"

namespace wgaudit {

struct Site {
  std::string telemetry_path;
  std::string host_name;  // of this machine
  WebSource source;
};

// `path` is decoded; `local`: the connection came in at a loopback address.
[[nodiscard]] Reply reply_to(const Site& site, const std::string& path, const RequestHead& head,
                             bool local);

// How long a scrape may wait for a poll: what Prometheus says in
// X-Prometheus-Scrape-Timeout-Seconds less half a second for the way, between 0 and 5 s; without
// it, or with nonsense in it, 5 s.
[[nodiscard]] Duration scrape_time_limit(const std::optional<std::string>& header);

// Whether a Host header names this gateway in a way that no foreign DNS entry can: an address,
// localhost, the host's own name. Against DNS rebinding.
[[nodiscard]] bool is_own_host(std::string_view header, std::string_view host_name);

}  // namespace wgaudit
