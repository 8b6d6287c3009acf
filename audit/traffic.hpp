// WGA-019 traffic_anomaly: minutes far above what a peer usually transfers (traffic_level.hpp).
#pragma once

#include <cstdint>

#include "audit/evaluate.hpp"
#include "audit/track.hpp"

namespace wgaudit {

// What a poll adds to what is known of a peer's traffic, where a minute ended with it. `known` is
// null at first sight; then `step.changed` is set. REQUIRES: the rule is on for somebody.
void follow_traffic(const PeerMemory* known, const SeenPeer& seen, const Reading& reading,
                    std::uint64_t floor, PeerStep& step);

// Closes with the first whole minute that is not above the usual: the cause is gone then, no window
// has to pass. Until one was judged, after a restart or a gap, an open finding is left as it is.
// Nothing is counted where the rule is off.
void traffic_anomaly(const PeerCase& c, Verdict& verdict);

}  // namespace wgaudit
