// What stands for the SHA-256 of a file where only its shape matters.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/builders.hpp"

namespace wgaudit::test {

// 64 hexadecimal digits, others for another name.
[[nodiscard]] inline std::string file_sha256(std::string_view name) {
  std::string digits;
  for (const std::uint8_t byte : key(name).bytes) {
    digits += "0123456789abcdef"[byte >> 4U];
    digits += "0123456789abcdef"[byte & 15U];
  }
  return digits;
}

}  // namespace wgaudit::test
