// One thing done to a log, at random.
#pragma once

#include <random>
#include <string_view>

#include "tests/verify/signed_log.hpp"

namespace wgaudit::test {

using Random = std::mt19937_64;

struct EditKind {
  std::string_view name;
  // False: it could not be done here, and nothing was changed.
  bool (*apply)(Files& files, Random& random);
};
[[nodiscard]] std::span<const EditKind> edit_kinds();

}  // namespace wgaudit::test
