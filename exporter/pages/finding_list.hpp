// Which findings of a View are asked for, in order: for the page and the API alike. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/history.hpp"
#include "audit/view.hpp"

namespace wgaudit {

enum class FindingState : std::uint8_t { open, accepted, all };

struct FindingFilter {
  FindingState state = FindingState::open;
  std::string text{};  // in the principal, the key, the interface, the subject or the detail
  std::optional<Severity> severity{}, at_least{};
  std::optional<RuleId> rule{};
  std::optional<DeviceId> device{};
  std::optional<Key> key{};
  std::string principal{};  // "" = all
};

// The worst first, then by code, interface, key and subject: a total order.
[[nodiscard]] std::vector<const Finding*> list_findings(const View& view,
                                                        const FindingFilter& filter);

// Where a list goes on: behind the finding that was this, whether it is there still or not.
struct FindingPosition {
  Severity severity{};
  FindingIdentity identity;
};
void keep_behind(std::vector<const Finding*>& findings, const FindingPosition& position);

// How many are open, by severity, and how many are accepted.
struct FindingTotals {
  std::array<std::size_t, kSeverities + 1> open{};
  std::size_t accepted = 0;
};
[[nodiscard]] FindingTotals count_findings(const View& view);

}  // namespace wgaudit
