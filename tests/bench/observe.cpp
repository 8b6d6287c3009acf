// Runs the netlink collector alone, in the test kernel.
//   observe show [NETNS…|all]        one poll, in columns like those of `wg show all dump`: lines
//                                    "device NETNS NAME …" and "peer NETNS NAME …", secrets as
//                                    (hidden) or (none); then "#source …" and "#failure …"
//   observe bench POLLS              CPU of a poll:  observe peers=N … cpu_us=MEDIAN cpu_us_min=MIN
//   observe watch SECONDS [NETNS…]   polls without pause; a line a poll with what each device holds
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/clock/clock.hpp"
#include "collectors/model/device.hpp"
#include "collectors/netlink/collect.hpp"

namespace wgaudit {
namespace {

Targets targets_of(const std::vector<std::string>& names) {
  Targets targets;
  for (const auto& name : names) {
    if (name == "all") {
      targets.all_netns = true;
    } else {
      targets.netns.push_back({name, "/run/netns/" + name});
    }
  }
  return targets;
}

Observation poll(const Targets& targets, StandingPeersOfAll& standing) {
  Observation observation;
  observation.begun = read_boot_clock();
  collect_netlink(targets, observation.begun + std::chrono::seconds{20}, standing, observation);
  observation.ended = read_boot_clock();
  return observation;
}

std::string prefixes_text(const Device& device, const Peer& peer) {
  std::string text;
  for (const Cidr& cidr : device.prefixes_of(peer)) {
    if (!text.empty()) text += ',';
    text += to_string(cidr);
  }
  return text.empty() ? "(none)" : text;
}

void print_device(const Device& d) {
  const std::string name = "\t" + d.netns + "\t" + d.name;
  std::printf("device%s\t%s\t%s\t%u\t%u\t%s\t%u\t%u\n", name.c_str(),
              d.public_key ? "(hidden)" : "(none)",
              d.public_key ? to_string(*d.public_key).c_str() : "(none)", d.listen_port,
              d.firewall_mark, d.completeness == Completeness::complete ? "complete" : "incomplete",
              d.link ? d.link->mtu_bytes : 0, d.link && d.link->up ? 1 : 0);
  for (const Peer& p : d.peers) {
    const auto handshake = std::chrono::floor<std::chrono::seconds>(p.last_handshake);
    std::printf(
        "%s\t%s\t%s\t%s\t%s\t%lld\t%llu\t%llu\t%u\n", name.c_str(), to_string(p.public_key).c_str(),
        p.preshared_key == PresharedKey::present ? "(hidden)" : "(none)",
        p.endpoint.known() ? to_string(p.endpoint).c_str() : "(none)", prefixes_text(d, p).c_str(),
        static_cast<long long>(handshake.time_since_epoch().count()),
        static_cast<unsigned long long>(p.received_bytes),
        static_cast<unsigned long long>(p.sent_bytes), p.persistent_keepalive_seconds);
  }
}

void show(const Targets& targets) {
  StandingPeersOfAll standing;
  const Observation observation = poll(targets, standing);
  for (const Device& device : observation.devices) print_device(device);
  for (const SourceResult& s : observation.sources) {
    std::printf("#source\t%s\t%u\t%s\n", s.netns.c_str(), static_cast<unsigned>(s.status),
                s.why.c_str());
  }
  for (const DeviceFailure& f : observation.failures) {
    std::printf("#failure\t%s\t%s\t%s\n", f.netns.c_str(), f.name.c_str(), f.why.c_str());
  }
}

void watch(int seconds, const Targets& targets) {
  StandingPeersOfAll standing;
  const BootTime end = read_boot_clock() + std::chrono::seconds{seconds};
  while (read_boot_clock() < end) {
    const Observation o = poll(targets, standing);
    const std::chrono::duration<double, std::milli> cost = o.ended - o.begun;
    std::printf("poll ms=%.1f", cost.count());
    for (const Device& d : o.devices) {
      std::printf(" device=%s/%s:%s:%zu:%zu", d.netns.c_str(), d.name.c_str(),
                  d.completeness == Completeness::complete ? "complete" : "incomplete",
                  d.peers.size(), d.prefixes.size());
    }
    for (const SourceResult& s : o.sources) {
      std::printf(" source=%s:%u:%u", s.netns.c_str(), static_cast<unsigned>(s.status),
                  s.retries[0] + s.retries[1] + s.retries[2] + s.retries[3] + s.retries[4]);
    }
    std::printf(" failures=%zu\n", o.failures.size());
    std::fflush(stdout);
  }
}

long long cpu_microseconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000LL + t.tv_nsec / 1000;
}

void bench(int polls) {
  std::vector<long long> costs(static_cast<std::size_t>(std::max(1, polls)));
  std::size_t peers = 0;
  StandingPeersOfAll standing;
  for (auto& cost : costs) {
    const auto before = cpu_microseconds();
    const Observation observation = poll({}, standing);
    cost = cpu_microseconds() - before;
    peers = 0;
    for (const Device& device : observation.devices) peers += device.peers.size();
  }
  std::sort(costs.begin(), costs.end());
  std::printf("observe peers=%zu polls=%zu cpu_us=%lld cpu_us_min=%lld\n", peers, costs.size(),
              costs[costs.size() / 2], costs.front());
}

int run(const std::vector<std::string>& arguments) {
  const std::string verb = arguments.empty() ? "" : arguments[0];
  if (verb == "show") {
    show(targets_of({arguments.begin() + 1, arguments.end()}));
  } else if (verb == "bench" && arguments.size() == 2) {
    bench(std::atoi(arguments[1].c_str()));
  } else if (verb == "watch" && arguments.size() >= 2) {
    watch(std::atoi(arguments[1].c_str()), targets_of({arguments.begin() + 2, arguments.end()}));
  } else {
    std::fputs("usage: observe show [NETNS...] | bench POLLS | watch SECONDS [NETNS...]\n", stderr);
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace wgaudit

int main(int argc, char** argv) { return wgaudit::run({argv + 1, argv + argc}); }
