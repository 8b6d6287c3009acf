// The dump collector: text of `wg show all dump` from files or standard input (wg(8)).
#pragma once

#include "collectors/model/device.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {

// Appends a SourceResult for each file (netns ""), and its devices. A line that cannot be decoded
// fails the file with "line N: FIELD …", never with its text.
void collect_dumps(const Targets& targets, Observation& observation);

}  // namespace wgaudit
