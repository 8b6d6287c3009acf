// Steps for the store's tests, as judge() would make them, and what is stored of a Memory.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "audit/judge.hpp"
#include "audit/memory.hpp"
#include "exporter/store/store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {

// 2026-08-01T00:00:00Z plus, in the given boot.
[[nodiscard]] Now at(Duration since, std::string boot_id = "boot-1");
// That changes nothing yet.
[[nodiscard]] Step quiet_step(const Memory& memory, const Now& now);
// An event with some facts; numbers it.
Event& add_event(Step& step, const Now& now, std::string_view detail = "");
[[nodiscard]] Step events_step(const Memory& memory, std::size_t count, const Now& now);
// A device with peers that are told: everything that one row holds is set.
[[nodiscard]] Step device_step(const Memory& memory, const DeviceId& id,
                               const std::vector<std::string>& peers, const Now& now);
[[nodiscard]] PeerMemory full_peer(std::string_view name);
[[nodiscard]] SessionRecord full_session(std::uint64_t number, std::string_view name,
                                         std::string principal);

// What has to survive: all but what is of the run.
struct StoredPeer {
  PeerTold told;
  PeerLearned learned;
  TrafficLevel traffic;
  std::uint64_t received_bytes = 0, sent_bytes = 0;
  friend bool operator==(const StoredPeer&, const StoredPeer&) = default;
};
struct StoredDevice {
  DeviceTold told;
  std::map<Key, StoredPeer> peers;
  friend bool operator==(const StoredDevice&, const StoredDevice&) = default;
};
struct Stored {
  std::map<DeviceId, StoredDevice> devices;
  std::map<DepartedId, Departed> departed;
  std::vector<Finding> findings;
  ProgramTold program;
  friend bool operator==(const Stored&, const Stored&) = default;
};
[[nodiscard]] Stored stored(const Memory& memory);

// A store on a directory of its own, with the memory that follows it.
struct StoreWorld {
  TempDir root;
  std::string directory = (root.path() / "state").string();
  // History of all times is kept: random sessions end in any year.
  StoreLimits limits{.history_for = Duration::max() / 2};
  std::unique_ptr<Store> store = std::make_unique<Store>(directory, limits);
  Memory memory;

  // Fails the test if it cannot be opened.
  Store::Opened open(const Now& now, const std::optional<WrittenTail>& tail = std::nullopt);
  // A new process, as it were.
  Store::Opened restart(const Now& now, const std::optional<WrittenTail>& tail = std::nullopt);
  // As the daemon does it; whether it was committed.
  bool commit(Step step, const Now& now);
  [[nodiscard]] std::string path(std::string_view name) const;
  [[nodiscard]] std::string installation() const;
  [[nodiscard]] std::vector<Event> events() const;  // all that are kept
  // Names in the directory that begin so.
  [[nodiscard]] std::vector<std::string> files(std::string_view prefix) const;
};

}  // namespace wgaudit::test
