// The peers of a namespace's devices as the polls of this process have seen them: what a dump is
// compared with. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "collectors/model/device.hpp"

namespace wgaudit {

class StandingPeers {
 public:
  // How long a peer is missed that is believed gone: longer than it takes to settle (SPEC §2), so
  // that every poll which the audit concludes from has asked twice.
  static constexpr Duration kMissedFor = std::chrono::seconds{60};
  // Polls in a row in which all that was read had to wait for a writer, before it is believed.
  static constexpr unsigned kPatience = 5;

  // False at first sight.
  [[nodiscard]] bool knows(std::uint32_t ifindex) const { return devices_.contains(ifindex); }
  // Those that `device` lacks, or has with fewer prefixes; sorted.
  [[nodiscard]] std::vector<Key> lacking(std::uint32_t ifindex, const Device& device) const;
  // What it shows is all that it has. `now` is of that reading.
  void stands(std::uint32_t ifindex, const Device& device, BootTime now);
  // What it shows is there, whatever else is.
  void shows(std::uint32_t ifindex, const Device& device);
  // A poll that had to wait; true: for the last time.
  [[nodiscard]] bool lose_patience(std::uint32_t ifindex);
  // Devices that are gone, of which nothing needs to be known.
  void keep_only(const std::vector<std::uint32_t>& listed);

 private:
  struct Known {
    Key key;
    std::uint32_t prefixes = 0;
    std::optional<BootTime> missed_since;
  };
  struct Standing {
    std::vector<Known> peers;  // sorted by key
    unsigned waits = 0;
  };
  std::map<std::uint32_t, Standing> devices_;  // by ifindex
};

// By (st_dev, st_ino) of the namespace: what has its label another day is another one.
using StandingPeersOfAll = std::map<std::pair<std::uint64_t, std::uint64_t>, StandingPeers>;

}  // namespace wgaudit
