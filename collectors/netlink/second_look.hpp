// Whether what a dump lacks is to be believed. `wg setconf`, and any other change of more peers
// than one message holds, is many messages, each under the device's lock: a dump between two of
// them is short, and no flag of the kernel says so. While that goes on, dumps a moment apart differ
// by peers that come back; and who has to wait in send(2) is let in at the same place of it each
// time. Pure.
#pragma once

#include <vector>

#include "collectors/netlink/device_decoder.hpp"
#include "collectors/netlink/standing_peers.hpp"

namespace wgaudit {

class SecondLook {
 public:
  // Before each further dump; unlike one another, as a writer may keep time.
  static constexpr Duration kPauses[] = {std::chrono::milliseconds{20},
                                         std::chrono::milliseconds{150}};

  // REQUIRES: `first` is in no doubt; `standing` stays until the end.
  SecondLook(DeviceDump first, const StandingPeers& standing, std::uint32_t ifindex);

  [[nodiscard]] bool decided() const { return decided_; }
  // Of a further dump. `waited`: it was kept waiting by who changes something.
  void take(DeviceDump next, bool waited);
  // Undecided because of nothing but waits.
  [[nodiscard]] bool only_waited() const;
  // All that was shown. In doubt, "interrupted", where that leaves open what is missing; `patient`:
  // also where all dumps agree and had to wait.
  [[nodiscard]] DeviceDump result(bool patient) &&;

 private:
  void compare(const Device& next);
  void add(DeviceDump next);
  [[nodiscard]] bool agreed() const;

  const StandingPeers& standing_;
  std::uint32_t ifindex_;
  bool first_sight_;
  DeviceDump dump_;
  std::vector<Key> lacking_;  // in all dumps
  std::size_t looks_ = 0, quiet_looks_ = 0;
  bool same_ = false;  // the last look, as those before
  bool decided_ = false, came_back_ = false, failed_ = false;
};

}  // namespace wgaudit
