// What an analyst searches by (ECS related.*), gathered from the facts of an event. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audit/event.hpp"

namespace wgaudit {

inline constexpr std::size_t kMaxRelatedAddresses = 50;

// Outer addresses, then prefixes that are one address, each once.
[[nodiscard]] std::vector<std::string> related_ips(const Event& event);
// Host, gateway and device of the principal, each once.
[[nodiscard]] std::vector<std::string> related_hosts(const Event& event, std::string_view host,
                                                     std::string_view gateway);
// The principal, or "" where the inventory does not know the key.
[[nodiscard]] std::string_view known_principal(const Event& event);

}  // namespace wgaudit
