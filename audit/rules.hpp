// The rule table: code, name, severity, why it matters, what to do. One source for report, alerts,
// RULES.md and `report --explain`.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/finding.hpp"

namespace wgaudit {

// What a rule looks at: reports say how much that was, and what could not be looked at.
enum class RuleScope : std::uint8_t {
  peers,       // every peer that is configured
  records,     // every active record whose `at` names an interface of the gateway
  interfaces,  // every interface
  host,        // every interface, and what only its host knows: not the text of a dump
  sources,     // every collector and namespace that was asked for
  inventory,   // whether there is one
  listeners,   // the daemon's own
};

struct RuleInfo {
  RuleId id;
  std::string_view name;  // "unknown_key"
  Severity severity;      // as graded by default
  std::string_view opens_when;
  std::string_view reason;    // why it matters
  std::string_view remedy;    // what to do
  bool needs_memory = false;  // an audit with empty memory cannot judge it
  bool needs_inventory = true;
  bool needs_gateway = false;  // an entry for this gateway in the inventory
  bool on_by_default = true;
  RuleScope scope = RuleScope::peers;
};

[[nodiscard]] std::span<const RuleInfo> rules();  // by code
[[nodiscard]] const RuleInfo& rule_info(RuleId id);
[[nodiscard]] const RuleInfo* find_rule(std::string_view name);
[[nodiscard]] std::string rule_code(RuleId id);  // "WGA-001"

// What the configuration says about one rule (`rules:` in YAML).
struct RuleSetting {
  std::optional<bool> enabled;  // absent: as by default
  std::optional<Severity> severity;
  struct ForRole {
    std::string role;
    std::optional<bool> enabled;
    std::optional<Severity> severity;
    friend bool operator==(const ForRole&, const ForRole&) = default;
  };
  std::vector<ForRole> roles;
  friend bool operator==(const RuleSetting&, const RuleSetting&) = default;
};

struct RuleSettings {
  std::array<RuleSetting, kMaxRuleCode + 1> by_code;

  [[nodiscard]] RuleSetting& operator[](RuleId id) { return by_code[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const RuleSetting& operator[](RuleId id) const {
    return by_code[static_cast<std::size_t>(id)];
  }
  [[nodiscard]] bool enabled(RuleId id) const;  // but for what holds for a role
  [[nodiscard]] bool enabled_for_anybody(RuleId id) const;
  // Absent: switched off for this role. `role` "" where there is none.
  [[nodiscard]] std::optional<Severity> severity(RuleId id, std::string_view role) const;
};

}  // namespace wgaudit
