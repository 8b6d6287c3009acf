// The facts of an event as bytes. Fields go by their ECS name: the enum may be renumbered, and an
// outbox of an older or newer release is still read. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.hpp"

namespace wgaudit {

[[nodiscard]] std::string encode_facts(const std::vector<Fact>& facts);
// Drops a field that this release does not know, or knows as of another type. nullopt: not what
// encode_facts() writes.
[[nodiscard]] std::optional<std::vector<Fact>> decode_facts(std::string_view bytes);

}  // namespace wgaudit
