// The dump collector: text of `wg show all dump` from files or standard input (wg(8)).
#pragma once

#include "collectors/model/device.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {

// Appends the devices of all files and one SourceResult a namespace, in the order in which the
// files name them. It is failed when any of its files is, with "FILE: why"; a line that cannot be
// decoded fails its file with "line N: FIELD …", never with its text. An interface that an earlier
// file of the namespace has, too, is left out and makes it incomplete.
void collect_dumps(const Targets& targets, Observation& observation);

}  // namespace wgaudit
