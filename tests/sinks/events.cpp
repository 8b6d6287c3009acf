#include "tests/sinks/events.hpp"

#include "collectors/model/time.hpp"

namespace wgaudit::test {

EventOrigin origin() { return {"gw1", "gw1.example.net", "5b1a7b6c0d6c4c2e9f0f9b4e9a4a2c11", "1"}; }

Event event(std::uint64_t sequence) {
  const WallTime epoch{std::chrono::seconds{1'795'363'200}};
  Event event = make_event(Action::interface_changed,
                           epoch + std::chrono::milliseconds{static_cast<std::int64_t>(sequence)});
  event.sequence = sequence;
  event.interface = "wg0";
  // What is hard on who looks for structure in text.
  event.facts = {{Field::event_reason, "}]\"\\ \n\"installation\":\"x\",\"sequence\":7 {["}};
  return event;
}

EventBatch batch(std::uint64_t first, std::uint64_t count, const std::string& installation) {
  EventBatch events{installation, {}};
  for (std::uint64_t i = 0; i < count; ++i) events.events.push_back(event(first + i));
  return events;
}

}  // namespace wgaudit::test
