#include "audit/gateway_pass.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "collectors/model/targets.hpp"

namespace wgaudit {
namespace {

class GatewayPass {
 public:
  GatewayPass(const PollScope& scope, const Observation& observation,
              std::span<const JudgedDevice> devices)
      : scope_(scope), observation_(observation), devices_(devices) {}

  void judge_absent_interfaces();
  void judge_duplicates();

 private:
  bool is_listing_whole(const DeviceId& id) const;
  bool may_be_elsewhere(const DeviceId& id, const Key& key) const;

  const PollScope& scope_;
  const Observation& observation_;
  std::span<const JudgedDevice> devices_;
};

// Whether the interface would have been listed if it were there.
bool GatewayPass::is_listing_whole(const DeviceId& id) const {
  const auto failed = [&](const DeviceFailure& failure) {
    return failure.netns == id.first && failure.name == id.second;
  };
  if (std::ranges::any_of(observation_.failures, failed)) return false;
  bool listed = false;
  for (const SourceResult& source : observation_.sources) {
    const bool of_all = !id.first.empty() && source.netns == kAllNamespaces;
    if (source.netns != id.first && !of_all) continue;
    const bool whole =
        source.status == SourceStatus::complete || source.status == SourceStatus::absent;
    if (!whole || !source.lists_all) return false;
    listed = true;
  }
  return listed;
}

// An interface of this gateway's entry that no collector lists. Where one of them could not list
// its namespace, nothing is concluded.
void GatewayPass::judge_absent_interfaces() {
  const Gateway* gateway = scope_.context.inventory->gateway(scope_.context.gateway);
  if (!scope_.context.inventory_health.configured || gateway == nullptr) return;
  for (const GatewayInterface& interface : gateway->interfaces) {
    const DeviceId id{interface.netns, interface.name};
    const auto shown = std::ranges::find_if(
        devices_, [&](const JudgedDevice& judged) { return id_of(*judged.device) == id; });
    if (shown != devices_.end()) {
      if (!shown->success) scope_.verdict.leave(interface_down_identity(interface));
      continue;
    }
    const auto known = scope_.memory.absent_interfaces.find(id);
    if (!is_listing_whole(id)) {
      if (known != scope_.memory.absent_interfaces.end())
        scope_.delta.absent_interfaces.insert(*known);
      scope_.verdict.leave(interface_down_identity(interface));
      continue;
    }
    const BootTime since =
        known != scope_.memory.absent_interfaces.end() ? known->second : observation_.ended;
    scope_.delta.absent_interfaces.emplace(id, since);
    if (observation_.ended - since >= scope_.context.settle) {
      evaluate_absent_interface(interface, scope_.verdict);
    } else {
      scope_.verdict.leave(interface_down_identity(interface));
    }
  }
}

// Whether the key is a peer of the device and may still be one of another: one that was not read,
// or that it is gone from though that is not settled.
bool GatewayPass::may_be_elsewhere(const DeviceId& id, const Key& key) const {
  const auto shown_on = [&](const DeviceId& device) {
    return std::ranges::any_of(devices_, [&](const JudgedDevice& judged) {
      return judged.success && id_of(*judged.device) == device &&
             judged.device->find(key) != nullptr;
    });
  };
  const auto removed_from = [&](const DeviceId& device) {
    const auto& [devices, gone] = std::tie(scope_.delta.devices, scope_.delta.removed_devices);
    const auto change = std::ranges::find(devices, device, &Delta::DeviceChange::id);
    return std::ranges::find(gone, device) != gone.end() ||
           (change != devices.end() && std::ranges::binary_search(change->removed, key));
  };
  return shown_on(id) && std::ranges::any_of(scope_.memory.devices, [&](const auto& entry) {
           const auto& [other, known] = entry;
           return other != id && !shown_on(other) && !removed_from(other) &&
                  std::ranges::binary_search(known.peers, key, {}, &PeerMemory::public_key);
         });
}

void GatewayPass::judge_duplicates() {
  std::vector<KeyHolder> holders;
  if (devices_.size() > 1) {
    for (const JudgedDevice& judged : devices_) {
      if (!judged.success) continue;
      for (const Peer& peer : judged.device->peers) {
        holders.push_back({judged.device.get(), &peer});
      }
    }
  }
  evaluate_duplicates(std::move(holders), scope_.verdict);
  for (const Finding& finding : scope_.verdict.open_before(RuleId::duplicate_key)) {
    const FindingIdentity& identity = finding.identity;
    if (!identity.public_key) continue;
    const DeviceId id{identity.netns, identity.interface};
    if (may_be_elsewhere(id, *identity.public_key)) scope_.verdict.leave(identity);
  }
}

}  // namespace

void judge_gateway(const PollScope& scope, const Observation& observation,
                   std::span<const JudgedDevice> devices) {
  GatewayPass pass(scope, observation, devices);
  pass.judge_absent_interfaces();
  pass.judge_duplicates();
}

}  // namespace wgaudit
