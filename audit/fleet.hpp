// What only many gateways together show: one key at several of them. Pure.
#pragma once

#include <span>
#include <vector>

#include "audit/inventory.hpp"
#include "audit/view.hpp"

namespace wgaudit {

// A finding that belongs to no single gateway: its namespace and interface are "". Its subject is
// kInterfaceKeySubject where the key is that of the interfaces themselves, else "".
struct FleetFinding {
  Finding finding;
  std::vector<Place> places;  // where the key is, in the order of the views
};
inline constexpr std::string_view kInterfaceKeySubject = "interface key";

// WGA-016 duplicate_key across gateways, by key:
//  - a peer's key at several gateways, unless `at` of its record allows all of its places (an
//    unknown key is a finding of its own at each of them);
//  - the key of an interface at several gateways, unless the inventory lists it for each of them.
// Nothing without an inventory. REQUIRES: the views were judged by one inventory and one set of
// rules.
[[nodiscard]] std::vector<FleetFinding> evaluate_fleet(std::span<const View* const> views);

}  // namespace wgaudit
