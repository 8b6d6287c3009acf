#include "audit/shared_key.hpp"

#include <algorithm>
#include <string>

namespace wgaudit {
namespace {

// What is graded down to medium or less is told apart no more: then it stays for either reason.
Sharing sharing_before(const Finding* finding) {
  if (finding == nullptr) return Sharing::none;
  return finding->severity > Severity::medium ? Sharing::alternating : Sharing::returning;
}

// The same words as long as the same networks are in the window.
std::string networks_text(const std::vector<KeyTrail::Move>& marks) {
  constexpr std::size_t kNamed = 4;
  const std::vector<Cidr> networks = networks_of(marks);
  std::string text;
  for (std::size_t i = 0; i < std::min(networks.size(), kNamed); ++i) {
    text += (i == 0 ? "" : ", ") + to_string(networks[i]);
  }
  if (networks.size() > kNamed) text += " and more";
  return text;
}

const std::vector<KeyTrail::Move>& returning_of(const KeyTrail& trail, const TrailCount& count) {
  return count.returns > 0 ? trail.returns : trail.handshakes;
}

}  // namespace

void shared_key(const PeerCase& c, Verdict& verdict) {
  const Boxed<KeyTrail>& trail = c.memory.recent.trail;
  const BootTime now = c.device().observed_at;
  const bool watched = now - c.on.watched_since >= kTrailWindow;
  if (!trail && watched) return;
  const Finding* before = finding_before(RuleId::shared_key, c, verdict);
  if (!trail && before == nullptr) return;
  const TrailCount in_window = trail ? count(*trail, now) : TrailCount{};
  FindingIdentity identity = about(RuleId::shared_key, c);
  switch (judge_sharing(in_window, sharing_before(before))) {
    case Sharing::alternating:
      verdict.open(std::move(identity), c.record,
                   "one key on two devices: they shake hands in turn from " +
                       networks_text(trail->handshakes),
                   Severity::critical, networks_of(trail->handshakes).size());
      break;
    case Sharing::returning:
      verdict.open(std::move(identity), c.record,
                   "one key in two places: its endpoint goes to and fro between " +
                       networks_text(returning_of(*trail, in_window)),
                   Severity::medium, networks_of(returning_of(*trail, in_window)).size());
      break;
    case Sharing::none:
      if (!watched) verdict.leave(identity);
      break;
  }
}

}  // namespace wgaudit
