#include "exporter/pages/site.hpp"

#include <algorithm>

#include "exporter/pages/api.hpp"
#include "exporter/pages/frame.hpp"
#include "exporter/pages/gateway_page.hpp"

namespace wgaudit {
namespace {

struct Route {
  std::string_view path;
  Page (*page)(const PageRequest&);
};
constexpr Route kRoutes[] = {
    {"/", gateway_page},
    {"/api/v1/events", api_events},
    {"/api/v1/findings", api_findings},
    {"/api/v1/openapi.json", api_openapi},
    {"/api/v1/peers", api_peers},
    {"/api/v1/sd", api_targets},
    {"/api/v1/sessions", api_sessions},
    {"/api/v1/status", api_status},
    {"/findings", findings_page},
    {"/icon.svg", icon},
    {"/peer", peer_page},
    {"/style.css", style_sheet},
};

}  // namespace

bool is_page(std::string_view path) {
  return path.starts_with("/api/") ||
         std::ranges::find(kRoutes, path, &Route::path) != std::end(kRoutes);
}

std::optional<Page> page_for(std::string_view path, const PageRequest& request) {
  const auto* route = std::ranges::find(kRoutes, path, &Route::path);
  if (route != std::end(kRoutes)) return route->page(request);
  if (path.starts_with("/api/")) return api_not_found(request);
  return std::nullopt;
}

}  // namespace wgaudit
