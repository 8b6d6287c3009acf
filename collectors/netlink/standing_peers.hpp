// Whether what a dump lacks is to be believed. `wg setconf`, and any other change of more peers
// than one message holds, is many messages, each under the device's lock: a dump between two of
// them is short, and no flag of the kernel says so. While that goes on, two dumps one after the
// other differ by peers that come back. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collectors/model/device.hpp"

namespace wgaudit {

// The peers of a namespace's devices as each was last believed whole, over all polls of a process.
class StandingPeers {
 public:
  // Those that `device` had and lacks now, sorted; none at first sight.
  [[nodiscard]] std::vector<Key> lacking(std::uint32_t ifindex, const Device& device) const;
  // What it shows is all that it has.
  void stands(std::uint32_t ifindex, const Device& device);
  // Devices that are gone, of which nothing needs to be known.
  void keep_only(const std::vector<std::uint32_t>& listed);

 private:
  std::map<std::uint32_t, std::vector<Key>> peers_;  // by ifindex; sorted
};

// By the label of the namespace.
using StandingPeersOfAll = std::map<std::string, StandingPeers>;

}  // namespace wgaudit
