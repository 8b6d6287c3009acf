// How the sources stand over time: last success, retries, and what has been failing since when.
#pragma once

#include <map>
#include <vector>

#include "audit/memory.hpp"
#include "audit/view.hpp"

namespace wgaudit {

// By (collector, netns). A source that is no longer read is forgotten.
[[nodiscard]] std::vector<SourceHealth> follow_sources(const std::vector<SourceHealth>& known,
                                                       std::vector<SourceResult> results,
                                                       WallTime now);

// Everything that this poll could not read whole, and since when. The collector child's death is
// remembered for `failing_after`, so that a scrape sees it.
[[nodiscard]] std::map<FailureId, FailureMemory> follow_failures(
    const std::map<FailureId, FailureMemory>& known, const std::vector<SourceHealth>& sources,
    const std::vector<DeviceFailure>& device_failures, bool child_restarted, BootTime now,
    Duration failing_after);

}  // namespace wgaudit
