#include "collectors/dump/collect.hpp"

#include <set>
#include <string>
#include <utility>

#include "collectors/clock/clock.hpp"
#include "collectors/dump/read.hpp"

namespace wgaudit {
namespace {

// The worst status counts, and every file of that status is named.
void add_trouble(SourceResult& result, SourceStatus status, const std::string& why) {
  if (status < result.status) return;
  if (status > result.status) result.why.clear();
  result.status = status;
  result.why += (result.why.empty() ? "" : "; ") + why;
}

}  // namespace

void collect_dumps(const Targets& targets, Observation& observation) {
  if (targets.dumps.empty()) return;
  const BootTime begun = read_boot_clock();
  SourceResult result;
  result.collector = CollectorKind::dump;
  std::set<std::string> names;
  for (const std::string& path : targets.dumps) {
    const std::string file = path == "-" ? "standard input" : path;
    auto dump = read_dump(path, observation.memory_locked);
    if (!dump) {
      add_trouble(result, SourceStatus::failed, file + ": " + dump.error());
      continue;
    }
    result.lists_all = result.lists_all && dump->lists_all;
    for (Device& device : dump->devices) {
      if (!names.insert(device.name).second) {
        const std::string why = file + ": " + device.name + " is in an earlier file too";
        add_trouble(result, SourceStatus::incomplete, why);
        continue;
      }
      device.observed_at = read_boot_clock();
      observation.devices.push_back(std::move(device));
    }
  }
  result.duration = read_boot_clock() - begun;
  observation.sources.push_back(std::move(result));
}

}  // namespace wgaudit
