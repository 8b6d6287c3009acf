// What happened, put into events: numbered in the order in which they are told.
#pragma once

#include <optional>
#include <vector>

#include "audit/event.hpp"
#include "audit/inventory.hpp"
#include "audit/memory.hpp"
#include "audit/track.hpp"

namespace wgaudit {

// Numbers events from the last one that is committed. One a poll.
class Teller {
 public:
  Teller(ProgramTold& program, std::vector<Event>& events) : program_(program), events_(events) {}
  // The reference holds until the next call.
  Event& tell(Event event);

 private:
  ProgramTold& program_;
  std::vector<Event>& events_;
};

void add_text(Event& event, Field field, std::string_view text);  // "" is left out
void add_number(Event& event, Field field, std::uint64_t number);

// Who the key belongs to, by the inventory.
void add_who(Event& event, const Key& key, const Inventory& inventory);
void add_source(Event& event, const Endpoint& endpoint);  // an unknown one is left out

// About an interface, with its own key and port.
[[nodiscard]] Event interface_event(Action action, const DeviceId& id, const DeviceTold& device,
                                    WallTime at);
// About a peer of it, and who that is.
[[nodiscard]] Event peer_event(Action action, const DeviceId& id, const DeviceTold& device,
                               WallTime at, const Key& key, const Inventory& inventory);

// What is configured of a peer.
void add_configuration(Event& event, const PeerTold& peer);

[[nodiscard]] DeviceTold told_of(const Device& device);
// before_… and after_… of what differs.
void add_changes(Event& event, const DeviceId& before_id, const DeviceTold& before,
                 const DeviceId& after_id, const DeviceTold& after);

void add_ended(Event& event, const EndedSession& ended);
[[nodiscard]] SessionRecord record_of(const DeviceId& id, const PeerMemory& peer,
                                      const SessionMemory& session, const Inventory& inventory);
[[nodiscard]] SessionRecord record_of(const DeviceId& id, const PeerMemory& peer,
                                      const EndedSession& ended, const Inventory& inventory);

// 25 at once, one more each 5 minutes. False: to be suppressed.
[[nodiscard]] bool admit(Throttle& throttle, BootTime now);
inline constexpr unsigned kThrottleBurst = 25;
inline constexpr Duration kThrottleRefill = std::chrono::minutes{5};

}  // namespace wgaudit
