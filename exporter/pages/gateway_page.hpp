// The pages for people: the gateway's, its findings, a peer's own. Pure but for the functions of
// PageSource.
#pragma once

#include "exporter/pages/site.hpp"

namespace wgaudit {

[[nodiscard]] Page gateway_page(const PageRequest& request);
[[nodiscard]] Page findings_page(const PageRequest& request);
[[nodiscard]] Page peer_page(const PageRequest& request);

}  // namespace wgaudit
