// Which labels wireguard_peer_info has beside the peer's own: --metrics.identity-labels. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace wgaudit {

// Named as the labels.
struct IdentityLabels {
  bool principal = true, principal_kind = true, principal_device = true;
  bool role = true, status = true;

  friend bool operator==(const IdentityLabels&, const IdentityLabels&) = default;
};

// "principal,role,status", or "none".
[[nodiscard]] std::optional<IdentityLabels> parse_identity_labels(std::string_view text);

}  // namespace wgaudit
