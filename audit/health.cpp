#include "audit/health.hpp"

#include <algorithm>
#include <tuple>

#include "audit/evaluate.hpp"

namespace wgaudit {
namespace {

bool readable(SourceStatus status) {
  return status == SourceStatus::complete || status == SourceStatus::incomplete;
}

}  // namespace

std::vector<SourceHealth> follow_sources(const std::vector<SourceHealth>& known,
                                         std::vector<SourceResult> results, WallTime now) {
  std::vector<SourceHealth> sources;
  for (SourceResult& result : results) {
    SourceHealth health;
    const auto before = std::ranges::find_if(known, [&](const SourceHealth& source) {
      return source.last.collector == result.collector && source.last.netns == result.netns;
    });
    if (before != known.end()) {
      health.last_success = before->last_success;
      health.retries_total = before->retries_total;
    }
    if (readable(result.status)) health.last_success = now;
    for (std::size_t i = 0; i < kRetryReasons; ++i) health.retries_total[i] += result.retries[i];
    health.last = std::move(result);
    sources.push_back(std::move(health));
  }
  std::ranges::sort(sources, {}, [](const SourceHealth& source) {
    return std::tie(source.last.collector, source.last.netns);
  });
  return sources;
}

std::map<FailureId, FailureMemory> follow_failures(
    const std::map<FailureId, FailureMemory>& known, const std::vector<SourceHealth>& sources,
    const std::vector<DeviceFailure>& device_failures, bool child_restarted, BootTime now,
    Duration failing_after) {
  std::map<FailureId, FailureMemory> failures;
  const auto fails = [&](FailureId id, const std::string& why) {
    const auto before = known.find(id);
    const BootTime since = before != known.end() ? before->second.since : now;
    failures.emplace(std::move(id), FailureMemory{since, why});
  };
  for (const SourceHealth& source : sources) {
    if (source.last.status == SourceStatus::complete) continue;
    fails({std::string(to_string(source.last.collector)), source.last.netns, ""}, source.last.why);
  }
  for (const DeviceFailure& failure : device_failures) {
    fails({std::string(to_string(failure.collector)), failure.netns, failure.name}, failure.why);
  }
  const FailureId child{std::string(kChildSubject), "", ""};
  if (child_restarted) {
    failures.emplace(child, FailureMemory{now, "the collector process died and was restarted"});
  } else if (const auto before = known.find(child);
             before != known.end() && now - before->second.since < failing_after) {
    failures.insert(*before);
  }
  return failures;
}

}  // namespace wgaudit
