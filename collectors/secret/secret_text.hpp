// A whole text that holds keys, read with read(2) into one buffer that is wiped.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "collectors/secret/secret_buffer.hpp"

namespace wgaudit {

struct SecretText {
  SecretBuffer buffer;
  std::size_t size = 0;
  [[nodiscard]] std::string_view view() {
    return {reinterpret_cast<const char*>(buffer.bytes().data()), size};
  }
};

// "-" is standard input. Blocks as long as the file does. The error is the system's, or that there
// are more than `limit` bytes.
[[nodiscard]] std::expected<SecretText, std::string> read_secret_text(const std::string& path,
                                                                      std::size_t limit);

}  // namespace wgaudit
