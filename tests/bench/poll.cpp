// What one whole poll costs: collector child and parent, judged by an inventory that knows every
// peer, not rendered. Prints one line, to be read beside that of `floor` from the same run:
//   poll peers=N polls=N cpu_us=MEDIAN cpu_us_min=MIN child_us=MEDIAN parent_us=MEDIAN
// usage: poll POLLS
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "audit/judge.hpp"
#include "collectors/child/collector_process.hpp"
#include "collectors/clock/clock.hpp"

using namespace wgaudit;

namespace {

std::int64_t cpu_of(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return t.tv_sec * 1'000'000 + t.tv_nsec / 1000;
}

std::int64_t cpu_of_process(pid_t pid) {
  clockid_t clock{};
  return clock_getcpuclockid(pid, &clock) == 0 ? cpu_of(clock) : 0;
}

std::int64_t median(std::vector<std::int64_t> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::shared_ptr<Inventory> inventory_of(const Observation& observation) {
  auto inventory = std::make_shared<Inventory>();
  for (const Device& device : observation.devices) {
    for (const Peer& peer : device.peers) {
      Record record;
      record.public_key = peer.public_key;
      record.principal = "somebody";
      const auto prefixes = device.prefixes_of(peer);
      record.allowed_ips.emplace(prefixes.begin(), prefixes.end());
      inventory->records.push_back(std::move(record));
    }
  }
  inventory->build_index();
  return inventory;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  constexpr Duration kLimit = std::chrono::seconds{60};
  Targets targets;
  targets.uapi = false;
  auto collector = CollectorProcess::start(targets);
  if (!collector) {
    std::fprintf(stderr, "%s\n", collector.error().message().c_str());
    return 1;
  }
  Observation first = collector->poll(kLimit);
  InventoryHealth health;
  health.configured = true;
  const JudgeContext context =
      make_context("gw1", inventory_of(first), health, std::make_shared<const RuleSettings>());
  Memory memory;
  Step begin = judge(memory, std::move(first), context, read_clocks());
  memory.apply(std::move(begin.delta));
  std::size_t peers = 0;
  std::vector<std::int64_t> child_costs, parent_costs, costs;
  for (int i = 0; i < std::max(1, std::atoi(argv[1])); ++i) {
    const auto child = cpu_of_process(collector->pid());
    const auto parent = cpu_of(CLOCK_PROCESS_CPUTIME_ID);
    Step step = judge(memory, collector->poll(kLimit), context, read_clocks());
    memory.apply(std::move(step.delta));
    child_costs.push_back(cpu_of_process(collector->pid()) - child);
    parent_costs.push_back(cpu_of(CLOCK_PROCESS_CPUTIME_ID) - parent);
    costs.push_back(child_costs.back() + parent_costs.back());
    peers = step.view.devices.empty() ? 0 : step.view.devices[0].device->peers.size();
    if (!step.view.findings.empty() || !step.events.empty()) {
      std::fprintf(stderr, "something changed: this is no measure of an idle poll\n");
      return 1;
    }
  }
  std::printf("poll peers=%zu polls=%zu cpu_us=%lld cpu_us_min=%lld child_us=%lld parent_us=%lld\n",
              peers, costs.size(), static_cast<long long>(median(costs)),
              static_cast<long long>(*std::ranges::min_element(costs)),
              static_cast<long long>(median(child_costs)),
              static_cast<long long>(median(parent_costs)));
}
