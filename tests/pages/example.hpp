// A gateway as pages and API show it: three peers and a lone interface, or as many as are wanted.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exporter/pages/site.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {

inline const WallTime kNow = wall("2026-11-01T12:00:00Z");
inline constexpr std::string_view kHostile = "<img src=x onerror=\"a\">\x1b[31m \xff";
// Right to left, with an override that would turn what follows around.
inline constexpr std::string_view kRightToLeft = "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae!";

struct Example {
  std::shared_ptr<View> view;
  PageSource source;

  // Of "/peers?sort=status", as a browser asks for it.
  [[nodiscard]] Page get(std::string_view target) const;
};

// alice is fine; eve's key is revoked, and her name hostile; the third is not in the inventory and
// its finding is critical; an interface with a hostile name. `long` names.
[[nodiscard]] Example example();
// `count` peers of one interface, peer i with i bytes; every tenth is not in the inventory.
[[nodiscard]] Example crowd(std::size_t count);
// The version of the program is not the same in every build.
[[nodiscard]] std::string without_version(std::string page);

}  // namespace wgaudit::test
