#include "audit/forwarding.hpp"

#include <optional>

#include "audit/evaluate.hpp"
#include "audit/view.hpp"

namespace wgaudit {
namespace {

// One family of an interface.
struct ForwardingFamily {
  std::string_view subject;
  std::string_view name;
  ForwardingState Forwarding::* state;
  Family family;
};
constexpr ForwardingFamily kForwardingFamilies[] = {
    {"ipv4", "IPv4", &Forwarding::ipv4, Family::ipv4},
    {"ipv6", "IPv6", &Forwarding::ipv6, Family::ipv6}};

// "" = it can be judged.
std::string_view why_not_judged(const std::optional<Forwarding>& forwarding,
                                const ForwardingFamily& family) {
  if (!forwarding) return "not known of this interface";
  switch ((*forwarding).*family.state) {
    case ForwardingState::off:
    case ForwardingState::filtered:
    case ForwardingState::open:
      return "";
    case ForwardingState::legacy_iptables:
      return "legacy iptables is loaded, and what it drops cannot be seen";
    case ForwardingState::changing:
      return "the nftables rule set changed at every try to read it";
    case ForwardingState::unreadable:
      break;
  }
  return "the nftables rule set or the forwarding setting cannot be read";
}

}  // namespace

// The absence of a filter is believed when it has lasted, a filter at once.
void evaluate_forwarding(const DeviceCase& c, Verdict& verdict) {
  if (!verdict.context().rule_settings->enabled(RuleId::forwarding_open)) return;
  for (const ForwardingFamily& family : kForwardingFamilies) {
    const Absent filter{{}, AbsenceKind::filter, {.address = {.family = family.family}}};
    FindingIdentity identity{RuleId::forwarding_open, c.device.netns, c.device.name, std::nullopt,
                             std::string(family.subject)};
    if (!c.device.forwarding || !why_not_judged(c.device.forwarding, family).empty()) {
      c.absences.keep(filter);
      verdict.leave(identity);
    } else if ((*c.device.forwarding).*family.state == ForwardingState::open &&
               (verdict.was_open(identity) || c.absences.believed(filter))) {
      verdict.open(std::move(identity), nullptr,
                   std::string(family.name) +
                       " is forwarded, and no nftables chain on hook "
                       "forward drops what its rules leave");
    }
  }
}

std::vector<UnjudgedForwarding> unjudged_forwarding(const View& view) {
  std::vector<UnjudgedForwarding> unjudged;
  if (!view.rule_settings->enabled(RuleId::forwarding_open)) return unjudged;
  for (const JudgedDevice& judged : view.devices) {
    if (!judged.success) continue;
    const Device& device = *judged.device;
    for (const ForwardingFamily& family : kForwardingFamilies) {
      const std::string_view why = why_not_judged(device.forwarding, family);
      if (why.empty()) continue;
      const bool again = !unjudged.empty() && unjudged.back().why == why &&
                         unjudged.back().netns == device.netns &&
                         unjudged.back().interface == device.name;
      if (again) {
        unjudged.back().subject += ", " + std::string(family.subject);
      } else {
        unjudged.push_back({device.netns, device.name, std::string(family.subject), why});
      }
    }
  }
  return unjudged;
}

}  // namespace wgaudit
