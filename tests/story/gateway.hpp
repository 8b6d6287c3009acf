// A gateway that changes at random: what a poll would see of it, and what is true of it.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "audit/inventory.hpp"
#include "audit/memory.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit::test {

struct StoryPeer {
  std::set<std::string> allowed_ips;
  bool preshared_key = false;
  std::uint16_t keepalive = 0;
  std::string endpoint;
  WallTime handshake{};
  std::uint64_t received = 0, sent = 0;
};

struct StoryInterface {
  std::string key;  // its own, by name
  std::uint32_t link = 0;
  std::map<std::string, StoryPeer> peers;  // by name
};

class StoryGateway {
 public:
  explicit StoryGateway(std::mt19937& random) : random_(random) {}

  // Some of what can happen between two polls.
  void change(const Now& now);
  // A reboot: links, handshakes and counters begin anew.
  void reboot();
  // As a poll sees it; `whole` is what it would see if nothing failed or was cut short.
  [[nodiscard]] Observation observe(const Now& now, bool whole);
  // Records for most of the names that there can be; changes from call to call.
  [[nodiscard]] std::shared_ptr<const Inventory> next_inventory();

  std::map<DeviceId, StoryInterface> interfaces;

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool one_in(int times) { return below(times) == 0; }
  void change_interface(const DeviceId& id);
  void change_peer(StoryPeer& peer, const Now& now);
  [[nodiscard]] StoryInterface make_interface(const DeviceId& id);

  std::mt19937& random_;
  std::uint32_t links_ = 0;
  unsigned inventories_ = 0;
};

}  // namespace wgaudit::test
