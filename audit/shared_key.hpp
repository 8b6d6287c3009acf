// WGA-015 shared_key: one key on two devices, by the trail that the key leaves (key_trail.hpp).
#pragma once

#include "audit/evaluate.hpp"

namespace wgaudit {

// After a restart or a gap in observation an open finding is left as it is until a window has been
// watched: what was seen before is not known any more.
void shared_key(const PeerCase& c, Verdict& verdict);

}  // namespace wgaudit
