// `message` of an event: one sentence for a person, made of its facts alone.
#pragma once

#include <string>

#include "audit/event.hpp"

namespace wgaudit {

// Names in it are printable: control characters and invalid bytes are escaped. Pure.
[[nodiscard]] std::string message_of(const Event& event);

}  // namespace wgaudit
