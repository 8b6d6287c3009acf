// What each rule looks at: for reports, which say how much was looked at and found in order, and
// what could not be.
#pragma once

#include <cstdint>

#include "audit/finding.hpp"

namespace wgaudit {

enum class RuleScope : std::uint8_t {
  peers,       // every peer that is configured
  records,     // every active record whose `at` names an interface of the gateway
  interfaces,  // every interface
  host,        // every interface, and what only its host knows: not the text of a dump
  sources,     // every collector and namespace that was asked for
  inventory,   // whether there is one
  listeners,   // the daemon's own
};
[[nodiscard]] RuleScope rule_scope(RuleId id);

}  // namespace wgaudit
