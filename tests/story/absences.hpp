// What may be believed gone, by the words of SPEC §2 and nothing of the program's: two complete
// polls of this run agree, at least the settle time apart, and all between them.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "audit/event.hpp"
#include "audit/memory.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit::test {

class Absences {
 public:
  // `told`: the memory that the poll is judged by, for which link an interface is known to be.
  void observe(const Observation& observation, const Memory& told);
  // Of another run nothing is known but what there was.
  void restart();
  // Why the event tells of an absence too early; "" where it does not.
  [[nodiscard]] std::string objection(const Event& event) const;

 private:
  // Of one interface; a fact is a peer, a prefix or a preshared key of it.
  struct Readings {
    std::set<Key> peers;                     // of the last complete one
    std::optional<BootTime> first_complete;  // of this run
    std::map<std::string, BootTime> absent;  // facts: since when
    std::set<std::string> facts;             // all that there ever were
    std::optional<BootTime> gone;            // itself
    // Of this poll.
    bool read = false, complete = false, same_peers = false;
    bool another = false;  // another link has the name than was told of
  };

  void follow_renames(const Observation& observation, const Memory& told);
  void observe(const Device& device, const Memory& told);
  [[nodiscard]] bool settled(const Readings& of, const std::string& fact) const;
  [[nodiscard]] bool gone_for(const DeviceId& id, Duration time) const;

  std::map<DeviceId, Readings> interfaces_;
  std::set<DeviceId> renamed_;  // old names, in this poll
  BootTime now_{};
};

}  // namespace wgaudit::test
