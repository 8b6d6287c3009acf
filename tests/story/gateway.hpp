// A gateway that changes at random: what is true of it, and what a poll makes of that.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "audit/inventory.hpp"
#include "audit/memory.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit::test {

struct StoryPeer {
  std::set<Cidr> prefixes;
  bool preshared_key = false;
  std::uint16_t keepalive = 0;
  Endpoint endpoint;
  WallTime handshake{};
  std::uint64_t received = 0, sent = 0;
};

struct StoryInterface {
  std::optional<Key> key;  // absent: it is being set up
  std::uint32_t link = 0;
  std::uint16_t port = 51820;
  std::map<Key, StoryPeer> peers;
  int unreadable = 0;  // for so many polls
};

class StoryGateway {
 public:
  explicit StoryGateway(std::mt19937& random) : random_(random) {}

  // Some of what can happen between two polls.
  void change(const Now& now);
  // Links, handshakes and counters begin anew.
  void reboot();
  // Sixty unknown peers at once.
  void crowd();
  // From now on nothing changes, and every poll is whole.
  void stand_still();
  [[nodiscard]] Observation observe(const Now& now);
  // Of most of the keys that there can be; another one with every call.
  [[nodiscard]] std::shared_ptr<const Inventory> next_inventory(WallTime now);

  std::map<DeviceId, StoryInterface> interfaces;
  bool restless = false;  // what is there stays; peers move all the time

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool one_in(int times) { return !still_ && below(times) == 0; }
  void appear(const DeviceId& id);
  void change_interface(const DeviceId& id);
  void rename(const DeviceId& id);
  void change_peers(StoryInterface& interface, const Now& now);
  void change_peer(StoryPeer& peer, const Now& now);
  [[nodiscard]] Device read(const DeviceId& id, const StoryInterface& interface, const Now& now,
                            bool cut);

  std::mt19937& random_;
  std::map<DeviceId, StoryInterface> gone_;  // as they were last
  std::map<std::string, int> failing_;       // namespace → for so many polls
  std::uint32_t links_ = 0;
  unsigned inventories_ = 0;
  bool still_ = false;
};

}  // namespace wgaudit::test
