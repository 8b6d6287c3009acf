#include "collectors/dump/collect.hpp"

#include <utility>

#include "collectors/clock/clock.hpp"
#include "collectors/dump/read.hpp"

namespace wgaudit {

void collect_dumps(const Targets& targets, Observation& observation) {
  for (const std::string& path : targets.dumps) {
    const BootTime begun = read_boot_clock();
    auto devices = read_dump(path, observation.memory_locked);
    SourceResult result;
    result.collector = CollectorKind::dump;
    const BootTime ended = read_boot_clock();
    result.duration = ended - begun;
    if (devices) {
      for (Device& device : *devices) {
        device.observed_at = ended;
        observation.devices.push_back(std::move(device));
      }
    } else {
      result.status = SourceStatus::failed;
      result.why = (path == "-" ? "standard input" : path) + ": " + devices.error();
    }
    observation.sources.push_back(std::move(result));
  }
}

}  // namespace wgaudit
