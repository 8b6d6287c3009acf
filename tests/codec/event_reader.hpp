// An ECS line back into the event that it was made of, so that what daemons wrote can be held
// against OCSF too (tests/codec/ocsf_forms.cpp).
#pragma once

#include <expected>
#include <string>

#include "audit/event.hpp"
#include "exporter/codec/event_json.hpp"

namespace wgaudit::test {

struct ReadEvent {
  Event event;
  EventOrigin origin;
  std::string installation, prev_hash;
};
// Ids of other events, sessions and findings are digests and cannot be read back: others stand for
// them. Else the line that is encoded again is the same; that is checked, but for lines that are
// cut. The error is what differs.
[[nodiscard]] std::expected<ReadEvent, std::string> read_ecs(const std::string& line);

}  // namespace wgaudit::test
