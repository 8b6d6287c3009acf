// The UAPI collector: `get=1` on every `*.sock` of the directories (the cross-platform userspace
// interface, https://www.wireguard.com/xplatform/).
#pragma once

#include <sys/types.h>

#include "collectors/model/device.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {

// Appends one SourceResult a directory's namespace, its devices (without link) and failures.
// A missing directory and no socket are success. Never unlinks. Stops at `deadline`.
// A socket is read only if the process behind it or its directory is `trusted`'s: root's, but in
// tests.
void collect_uapi(const Targets& targets, BootTime deadline, Observation& observation,
                  uid_t trusted = 0);

}  // namespace wgaudit
