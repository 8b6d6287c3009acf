// Rows of `devices` and `peers`. All of it within a transaction of the caller; false, nullopt or an
// unsound row: the database's error says why.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "audit/memory.hpp"
#include "exporter/store/sqlite.hpp"

namespace wgaudit {

// What is usual traffic of a peer; no row where nothing was learned.
class TrafficRows {
 public:
  explicit TrafficRows(Database& database);
  [[nodiscard]] bool put(std::int64_t device, const PeerMemory& peer);
  [[nodiscard]] bool remove(std::int64_t device, const Key& key);
  // Into peers that are loaded, by key.
  [[nodiscard]] bool load(std::int64_t device, std::vector<PeerMemory>& peers);

 private:
  Database& database_;
  Statement put_, remove_, load_;
};

// The members of PeerMemory that are stored, and the counters beside them.
class PeerRows {
 public:
  explicit PeerRows(Database& database);
  // `now`: as the kernel has it; null: its counters stay as they are.
  [[nodiscard]] bool put(std::int64_t device, const PeerMemory& peer, const Peer* now);
  // What is learned alone, where it differs.
  [[nodiscard]] bool learn(std::int64_t device, const PeerMemory& peer, const Peer* now);
  [[nodiscard]] bool remove(std::int64_t device, const Key& key);
  // Into `memory.peers` and `last`, by key.
  [[nodiscard]] bool load(std::int64_t device, DeviceMemory& memory, Device& last);

 private:
  Database& database_;
  Statement put_, learn_, remove_, load_;
  TrafficRows traffic_;
};

class DeviceRows {
 public:
  explicit DeviceRows(Database& database);
  [[nodiscard]] std::optional<std::int64_t> find(const DeviceId& id);
  // The row of the device, made or changed. Without `told` it is made as DeviceTold is by default.
  [[nodiscard]] std::optional<std::int64_t> put(const DeviceId& id,
                                                const std::optional<DeviceTold>& told);
  [[nodiscard]] bool rename(const DeviceId& from, const DeviceId& to);
  [[nodiscard]] bool remove(const DeviceId& id);  // with its peers
  // As of `observed_at`.
  [[nodiscard]] bool load(PeerRows& peers, BootTime observed_at,
                          std::map<DeviceId, DeviceMemory>& devices);

 private:
  Database& database_;
  Statement find_, insert_, update_, rename_, remove_, load_;
};

}  // namespace wgaudit
