#include "collectors/child/observe.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
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

using Place = std::pair<std::string, std::string>;  // namespace and name

// Devices of userspace implementations whose links are in the own namespace.
void attach_forwarding(Observation& observation) {
  std::vector<Device> own;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < observation.devices.size(); ++i) {
    const Device& device = observation.devices[i];
    if (device.collector != CollectorKind::uapi || !device.netns.empty() || !device.link) continue;
    own.emplace_back().link = device.link;
    places.push_back(i);
  }
  read_own_forwarding(own);
  for (std::size_t i = 0; i < own.size(); ++i) {
    observation.devices[places[i]].forwarding = own[i].forwarding;
  }
}

// What one collector found and could not read, no other may stand in for: an implementation's
// socket would be taken for the kernel's interface.
std::map<Place, CollectorKind> first_to_fail(const Observation& observation) {
  std::map<Place, CollectorKind> first;
  for (const DeviceFailure& failure : observation.failures) {
    const auto [at, added] = first.try_emplace({failure.netns, failure.name}, failure.collector);
    if (!added) at->second = std::min(at->second, failure.collector);
  }
  return first;
}

std::string_view kind_of(CollectorKind collector) {
  return collector == CollectorKind::netlink ? "kernel interface" : "userspace interface";
}

// Two directories of one namespace may hold one name, and two files one interface: what a collector
// read is no failure of its, and what it could not read is one.
void settle_failures(Observation& observation) {
  std::set<std::tuple<std::string, std::string, CollectorKind>> taken;
  for (const Device& device : observation.devices) {
    taken.emplace(device.netns, device.name, device.collector);
  }
  std::erase_if(observation.failures, [&](const DeviceFailure& failure) {
    return !taken.emplace(failure.netns, failure.name, failure.collector).second;
  });
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
  const auto unread = first_to_fail(observation);
  std::vector<Device> kept;
  std::size_t peers = 0, prefixes = 0;
  for (Device& device : observation.devices) {
    const auto drop = [&](std::string why) {
      observation.failures.push_back({device.collector, device.netns, device.name, std::move(why)});
    };
    const auto other = unread.find({device.netns, device.name});
    if (!kept.empty() && kept.back().netns == device.netns && kept.back().name == device.name) {
      drop("another interface of this name is there: " +
           std::string(to_string(kept.back().collector)) + "'s is taken");
    } else if (other != unread.end() && other->second < device.collector) {
      drop("a " + std::string(kind_of(other->second)) + " of this name could not be read");
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
  settle_failures(observation);
}

Observation observe(const Targets& targets, BootTime deadline, StandingPeersOfAll& standing) {
  Observation observation;
  observation.begun = read_boot_clock();
  if (targets.uapi) {
    // First, and with half of the time: a socket that hangs must not cost the kernel's devices.
    const Duration half = (deadline - observation.begun) / 2;
    collect_uapi(targets, observation.begun + half, observation);
  }
  if (targets.netlink) collect_netlink(targets, deadline, standing, observation);
  collect_dumps(targets, observation);
  if (std::ranges::any_of(observation.devices, wants_link)) {
    if (const auto links = read_own_links()) attach_links(*links, observation);
    if (targets.forwarding) attach_forwarding(observation);
  }
  settle_devices(observation);
  observation.ended = read_boot_clock();
  return observation;
}

}  // namespace wgaudit
