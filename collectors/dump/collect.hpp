// The dump collector: text of `wg show all dump` from files or standard input (wg(8)).
#pragma once

#include "collectors/model/device.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {

// Appends the devices of all files and one SourceResult (netns ""), none without a file. It is
// failed when any file is, with "FILE: why"; a line that cannot be decoded fails its file with
// "line N: FIELD …", never with its text. An interface that an earlier file has, too, is left out
// and makes it incomplete.
void collect_dumps(const Targets& targets, Observation& observation);

}  // namespace wgaudit
