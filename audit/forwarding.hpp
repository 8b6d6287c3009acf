// WGA-022 where it cannot be judged, for report and log; the rule is evaluate_forwarding(). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wgaudit {

struct View;

struct UnjudgedForwarding {
  std::string netns, interface;
  std::string subject;  // "ipv4", "ipv4, ipv6"
  std::string_view why;
  friend bool operator==(const UnjudgedForwarding&, const UnjudgedForwarding&) = default;
};
// Of the interfaces that were read, by (netns, name); none where the rule is off.
[[nodiscard]] std::vector<UnjudgedForwarding> unjudged_forwarding(const View& view);

}  // namespace wgaudit
