#include "exporter/store/tables.hpp"

#include <algorithm>
#include <ranges>

namespace wgaudit {
namespace {

// Puts and removes that stop at the first failure.
template <typename Range, typename Put>
bool each(const Range& range, Put put) {
  return std::ranges::all_of(range, put);
}

bool write_device(Tables& tables, const Delta::DeviceChange& change) {
  const bool tells = change.told || !change.removed.empty() ||
                     std::ranges::any_of(change.changed, &Delta::PeerChange::tells);
  if (!tells) return true;
  const auto device = tables.devices.put(change.id, change.told);
  if (!device) return false;
  const auto put_peer = [&](const Delta::PeerChange& peer) {
    const Peer* now = change.last == nullptr ? nullptr : change.last->find(peer.peer.public_key);
    return !peer.tells || tables.peers.put(*device, peer.peer, now);
  };
  return each(change.changed, put_peer) &&
         each(change.removed, [&](const Key& key) { return tables.peers.remove(*device, key); });
}

// 0 to parts - 1, rising with the key.
unsigned part_of(const Key& key, unsigned parts) {
  return static_cast<unsigned>(((key.head() >> 32U) * parts) >> 32U);
}

bool write_history(Tables& tables, const Delta& delta) {
  return each(delta.sessions, [&](const auto& session) { return tables.sessions.put(session); }) &&
         each(delta.endpoints, [&](const auto& seen) { return tables.endpoints.put(seen); }) &&
         each(delta.keys, [&](const auto& key) { return tables.keys.put(key); }) &&
         each(delta.key_owners, [&](const auto& owner) { return tables.keys.name(owner); });
}

}  // namespace

bool write_delta(Tables& tables, const Delta& delta) {
  const auto pair = [](auto function) {
    return [function](const auto& entry) { return function(entry.first, entry.second); };
  };
  return each(delta.renamed, pair([&](const DeviceId& from, const DeviceId& to) {
                return tables.devices.rename(from, to) && tables.keys.rename(from, to);
              })) &&
         each(delta.removed_devices,
              [&](const DeviceId& id) { return tables.devices.remove(id); }) &&
         each(delta.devices, [&](const auto& change) { return write_device(tables, change); }) &&
         each(delta.returned, [&](const DepartedId& id) { return tables.departed.remove(id); }) &&
         each(delta.departed, pair([&](const DepartedId& id, const Departed& departed) {
                return tables.departed.put(id, departed);
              })) &&
         each(delta.findings_closed,
              [&](const ClosedFinding& closed) {
                return tables.findings.remove(closed.identity) &&
                       tables.finding_history.close(closed);
              }) &&
         each(delta.findings_changed,
              [&](const Finding& finding) {
                return tables.findings.put(finding) && tables.finding_history.put(finding);
              }) &&
         write_history(tables, delta) && tables.program.put(delta.program);
}

bool write_learned(Tables& tables, const Memory& memory, unsigned part, unsigned parts) {
  for (const auto& [id, device] : memory.devices) {
    if (!device.is_told) continue;
    const auto number = tables.devices.find(id);
    if (tables.database->failed()) return false;
    if (!number) continue;
    const Device& last = *device.last;
    const bool written = each(device.peers, [&](const PeerMemory& peer) {
      if (!peer.is_told || part_of(peer.public_key, parts) != part) return true;
      return tables.peers.learn(*number, peer, last.find(peer.public_key));
    });
    if (!written) return false;
  }
  return true;
}

std::optional<ProgramState> load_memory(Tables& tables, Memory& memory) {
  auto state = tables.program.load(memory.program);
  if (!state) return std::nullopt;
  memory.baseline_reason = state->baseline_reason;
  memory.alive_before = state->alive_wall;
  const bool loaded = tables.devices.load(tables.peers, state->alive_boot, memory.devices) &&
                      tables.departed.load(memory.departed) &&
                      tables.findings.load(memory.findings);
  if (!loaded) return std::nullopt;
  return state;
}

bool rewrite_boot_times(Tables& tables, const Memory& memory) {
  for (const auto& [id, device] : memory.devices) {
    const auto number = tables.devices.find(id);
    if (!number) return false;
    const Device& last = *device.last;
    const bool written = each(device.peers, [&](const PeerMemory& peer) {
      return tables.peers.put(*number, peer, last.find(peer.public_key));
    });
    if (!written) return false;
  }
  return each(memory.departed,
              [&](const auto& entry) { return tables.departed.put(entry.first, entry.second); });
}

}  // namespace wgaudit
