// Steps out of a seeded random generator: any delta that judge() could make, and many it would not.
#pragma once

#include <random>

#include "tests/store/world.hpp"

namespace wgaudit::test {

[[nodiscard]] Step random_step(std::mt19937_64& random, const Memory& memory, const Now& now);

}  // namespace wgaudit::test
