// The lines of a batch before the chain is known: on two threads, as encoding is most of the work.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/codec/event_json.hpp"

namespace wgaudit {

// In the order of the events. Each lacks the hash of the line before: set_prev_hash(). Where no
// thread can be had, on this one alone.
[[nodiscard]] std::vector<std::string> encode_ahead(std::span<const Event> events,
                                                    EventFormat format, const EventOrigin& origin,
                                                    std::string_view installation);

}  // namespace wgaudit
