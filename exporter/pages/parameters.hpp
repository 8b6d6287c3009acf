// Parameters of requests, checked: what is asked of the lists. Pure.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "audit/history_query.hpp"
#include "exporter/codec/privacy.hpp"
#include "exporter/codec/query.hpp"
#include "exporter/pages/finding_list.hpp"
#include "exporter/pages/peer_list.hpp"

namespace wgaudit {

// What is wrong with a parameter.
struct BadParameter {
  std::string name, why;
};
template <typename T>
using Checked = std::expected<T, BadParameter>;

// q, session, status, role, principal, interface, finding
[[nodiscard]] Checked<PeerFilter> peer_filter_of(const Query& query);
// sort: the name of a member, behind a "-" the greatest first.
[[nodiscard]] Checked<PeerOrder> peer_order_of(const Query& query);
[[nodiscard]] std::string to_string(const PeerOrder& order);
// q, state, severity, min_severity, rule, interface, key, principal
[[nodiscard]] Checked<FindingFilter> finding_filter_of(const Query& query);
// principal, key, address, interface, since, until; `now` is what durations are before. What is
// hidden cannot be asked for: the answer would tell it.
[[nodiscard]] Checked<SessionQuery> session_query_of(const Query& query, WallTime now,
                                                     const Privacy& privacy);
// action, min_severity, interface, key, since, until
[[nodiscard]] Checked<EventQuery> event_query_of(const Query& query, WallTime now);
// A number from 1 to `most`; `otherwise` where there is none.
[[nodiscard]] Checked<std::size_t> number_of(const Query& query, std::string_view name,
                                             std::size_t most, std::size_t otherwise);
[[nodiscard]] Checked<std::optional<Key>> key_of(const Query& query);
// "wg0", "blue:wg0"
[[nodiscard]] std::optional<DeviceId> device_of(const Query& query);
[[nodiscard]] std::string to_parameter(const DeviceId& id);

// Each once at most, and no other: what is misspelt would be answered as if it were not there.
[[nodiscard]] Checked<void> allow_only(const Query& query, std::span<const std::string_view> names);

}  // namespace wgaudit
