#include "collectors/child/observe.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "collectors/child/device_check.hpp"
#include "collectors/child/wire.hpp"
#include "collectors/clock/clock.hpp"
#include "collectors/dump/collect.hpp"
#include "collectors/netlink/collect.hpp"
#include "collectors/uapi/collect.hpp"

namespace wgaudit {
namespace {

bool wants_link(const Device& device) {
  return device.collector == CollectorKind::uapi && device.netns.empty() && !device.link;
}

}  // namespace

void attach_links(const std::map<std::string, Link>& links, Observation& observation) {
  for (Device& device : observation.devices) {
    if (!wants_link(device)) continue;
    if (const auto found = links.find(device.name); found != links.end()) {
      device.link = found->second;
    }
  }
}

void settle_devices(Observation& observation) {
  std::ranges::stable_sort(observation.devices, [](const Device& a, const Device& b) {
    return std::tie(a.netns, a.name, a.collector) < std::tie(b.netns, b.name, b.collector);
  });
  std::vector<Device> kept;
  std::size_t peers = 0, prefixes = 0;
  for (Device& device : observation.devices) {
    const auto drop = [&](std::string why) {
      observation.failures.push_back({device.collector, device.netns, device.name, std::move(why)});
    };
    if (!kept.empty() && kept.back().netns == device.netns && kept.back().name == device.name) {
      drop("another interface of this name is there: " +
           std::string(to_string(kept.back().collector)) + "'s is taken");
    } else if (auto broken = broken_promise(device)) {
      drop("not understood: " + *broken);
    } else if (peers + device.peers.size() > kPeersLimit ||
               prefixes + device.prefixes.size() > kPrefixesLimit || kept.size() == kEntriesLimit) {
      drop("too many peers");
    } else {
      peers += device.peers.size();
      prefixes += device.prefixes.size();
      kept.push_back(std::move(device));
    }
  }
  observation.devices = std::move(kept);
}

Observation observe(const Targets& targets, BootTime deadline) {
  Observation observation;
  observation.begun = read_boot_clock();
  if (targets.uapi) {
    // First, and with half of the time: a socket that hangs must not cost the kernel's devices.
    const Duration half = (deadline - observation.begun) / 2;
    collect_uapi(targets, observation.begun + half, observation);
  }
  if (targets.netlink) collect_netlink(targets, deadline, observation);
  collect_dumps(targets, observation);
  if (std::ranges::any_of(observation.devices, wants_link)) {
    if (const auto links = read_own_links()) attach_links(*links, observation);
  }
  settle_devices(observation);
  observation.ended = read_boot_clock();
  return observation;
}

}  // namespace wgaudit
