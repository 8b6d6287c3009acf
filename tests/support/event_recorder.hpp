// Keeps the events that tests emit, so that all of them can be validated against the shipped schema
// (tests/lib/validate_events.py).
#pragma once

#include <span>
#include <string_view>

#include "audit/event.hpp"

namespace wgaudit::test {

// Where WGAUDIT_TEST_EVENTS names a directory, appends their lines to PID-NAME.jsonl in it; else
// nothing.
void record_events(std::span<const Event> events, std::string_view test_name);

}  // namespace wgaudit::test
