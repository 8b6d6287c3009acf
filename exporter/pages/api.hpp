// /api/v1: JSON, described by exporter/web/openapi.json. Pure but for the functions of PageSource.
#pragma once

#include "exporter/pages/site.hpp"

namespace wgaudit {

[[nodiscard]] Page api_status(const PageRequest& request);
[[nodiscard]] Page api_peers(const PageRequest& request);
[[nodiscard]] Page api_findings(const PageRequest& request);
[[nodiscard]] Page api_sessions(const PageRequest& request);
[[nodiscard]] Page api_events(const PageRequest& request);
[[nodiscard]] Page api_targets(const PageRequest& request);
[[nodiscard]] Page api_openapi(const PageRequest& request);
[[nodiscard]] Page api_not_found(const PageRequest& request);

}  // namespace wgaudit
