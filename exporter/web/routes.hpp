// Which path gives what. Pure but for the functions of WebSource.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/web/head.hpp"
#include "exporter/web/reply.hpp"
#include "exporter/web/server.hpp"
#include "exporter/web/visitor.hpp"

namespace wgaudit {

struct Site {
  std::string telemetry_path;
  std::string host_name;  // of this machine
  std::vector<std::string> allowed_hosts;
  WebSource source;
};

// `path` is decoded.
[[nodiscard]] Reply reply_to(const Site& site, const std::string& path, const RequestHead& head,
                             const Visitor& visitor);

// What stands before every page that names people, and the API: a 403 for who may not see it, or
// came by a name that could be anybody's. Absent: go on. `view` is null before the first poll.
[[nodiscard]] std::optional<Reply> keep_out(const Site& site, const RequestHead& head,
                                            const Visitor& visitor, const View* view);

// How long a scrape may wait for a poll: what Prometheus says in
// X-Prometheus-Scrape-Timeout-Seconds less half a second for the way, between 0 and 5 s; without
// it, or with nonsense in it, 5 s.
[[nodiscard]] Duration scrape_time_limit(const std::optional<std::string>& header);

// Whether a Host header names this gateway in a way that no foreign DNS entry can: an address,
// localhost, the host's own name, one of those that are allowed. Against DNS rebinding.
[[nodiscard]] bool is_own_host(std::string_view header, std::string_view host_name,
                               std::span<const std::string> allowed = {});

}  // namespace wgaudit
