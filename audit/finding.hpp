// A finding: something wrong now, with a rule, a severity and a subject. Values, no I/O.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"

namespace wgaudit {

enum class Severity : std::uint8_t { info = 1, low = 2, medium = 3, high = 4, critical = 5 };
inline constexpr std::size_t kSeverities = 5;
[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view text);

// The number is the code: unknown_key is WGA-001. Never renumbered, never reused.
enum class RuleId : std::uint8_t {
  unknown_key = 1,
  revoked_key = 2,
  disabled_key = 3,
  expired_key = 4,
  rotation_due = 5,
  allowed_ips_excess = 6,
  allowed_ips_missing = 7,
  allowed_ips_too_broad = 8,
  allowed_ips_overlap = 9,
  stale_handshake = 10,
  never_connected = 11,
  dormant_key = 12,
  missing_peer = 13,
  preshared_key_missing = 14,
  shared_key = 15,
  duplicate_key = 16,
  unexpected_endpoint = 17,
  noncompliant_device = 18,
  traffic_anomaly = 19,
  gateway_key_mismatch = 20,
  interface_down = 21,
  forwarding_open = 22,
  collector_failing = 23,
  forbidden_session = 24,
  wrong_interface = 25,
  no_inventory = 26,
  exposed_listener = 27,
};
inline constexpr std::size_t kMaxRuleCode = 27;

// What a finding is about. Two findings with one identity are one finding.
struct FindingIdentity {
  RuleId rule = RuleId::unknown_key;
  std::string netns, interface;
  std::optional<Key> public_key;
  std::string subject;  // collector, prefix or other key, where the rule needs it
  friend auto operator<=>(const FindingIdentity&, const FindingIdentity&) = default;
};

struct Finding {
  FindingIdentity identity;
  Severity severity = Severity::info;
  std::string principal;  // "" when the finding is about no key
  WallTime since{};       // when it opened; never moves while it is open
  std::string detail;     // one sentence, for a person
  bool accepted = false;  // by an exception of the inventory: shown, not counted
  // How many facts show it, such as networks that a key is used from. While it is open it grows,
  // and does not shrink.
  std::uint32_t evidence = 1;
  friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace wgaudit
