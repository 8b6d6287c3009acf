// What JSON and CSV say of a row of the history: one list for both. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "audit/history.hpp"

namespace wgaudit {

// Bytes from outside: a name that an inventory, an interface or a namespace has.
struct OuterName {
  std::string_view bytes;
};
// std::monostate: not known, or not yet.
using MemberValue =
    std::variant<std::monostate, OuterName, std::string, std::uint64_t, bool, WallTime>;
struct Member {
  std::string_view name;
  MemberValue value;
};
using Members = std::vector<Member>;

// They refer to the row. Of each kind always the same names in the same order.
[[nodiscard]] Members members_of(const SessionRecord& session, std::string_view installation);
[[nodiscard]] Members members_of(const SeenEndpoint& seen, std::string_view installation);
[[nodiscard]] Members members_of(const FindingRecord& finding, std::string_view installation);
[[nodiscard]] Members members_of(const KeyRecord& key, std::string_view installation);

}  // namespace wgaudit
