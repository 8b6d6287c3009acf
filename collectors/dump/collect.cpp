#include "collectors/dump/collect.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

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

// What the files of one namespace have given so far.
struct Source {
  SourceResult result{.collector = CollectorKind::dump, .netns = {}, .why = {}, .retries = {}};
  std::set<std::string> names;
};

void collect_file(const DumpFile& dump, Source& source, Observation& observation) {
  const std::string file = dump.path == "-" ? "standard input" : dump.path;
  auto read = read_dump(dump.path, observation.memory_locked);
  if (!read) {
    return add_trouble(source.result, SourceStatus::failed, file + ": " + read.error());
  }
  source.result.lists_all = source.result.lists_all && read->lists_all;
  for (Device& device : read->devices) {
    if (!source.names.insert(device.name).second) {
      const std::string why = file + ": " + device.name + " is in an earlier file too";
      add_trouble(source.result, SourceStatus::incomplete, why);
      continue;
    }
    device.netns = dump.netns;
    device.observed_at = read_boot_clock();
    observation.devices.push_back(std::move(device));
  }
}

}  // namespace

void collect_dumps(const Targets& targets, Observation& observation) {
  std::map<std::string, Source> sources;
  std::vector<Source*> in_order;
  for (const DumpFile& file : targets.dumps) {
    const auto [at, is_new] = sources.try_emplace(file.netns);
    if (is_new) in_order.push_back(&at->second);
    const BootTime begun = read_boot_clock();
    collect_file(file, at->second, observation);
    at->second.result.duration += read_boot_clock() - begun;
    at->second.result.netns = file.netns;
  }
  for (Source* source : in_order) observation.sources.push_back(std::move(source->result));
}

}  // namespace wgaudit
