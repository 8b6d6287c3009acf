// Events for tests: a plain one of each action, and hostile ones.
#pragma once

#include <string>
#include <vector>

#include "audit/event.hpp"
#include "exporter/codec/event_json.hpp"

namespace wgaudit::test {

inline constexpr std::string_view kInstallation = "0f8b1c9e-5f0e-4f5c-9a55-2b7d2f5f6c11";
[[nodiscard]] EventOrigin example_origin();

// One of each action, in their order, with sequences from 1.
[[nodiscard]] std::vector<Event> example_events();

// 65,535 prefixes before and after, names of 10 KB and of every byte: each with a sequence.
[[nodiscard]] std::vector<Event> hostile_events();

// An event that says everything that an event can say, texts and lists as long as asked for.
// Those of lines that only files have, or all others: no event has both.
[[nodiscard]] Event event_of_all_fields(std::size_t text_bytes, std::size_t entries,
                                        bool of_segments);

}  // namespace wgaudit::test
