// Keys that benches make many of.
#pragma once

#include <cstdint>

#include "collectors/model/key.hpp"

namespace wgaudit::bench {

inline Key numbered_key(std::uint32_t number) {
  Key key;
  std::uint64_t state = number + 1;
  for (auto& byte : key.bytes) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    byte = static_cast<std::uint8_t>(state >> 56U);
  }
  return key;
}

}  // namespace wgaudit::bench
