// SHA-256 (OpenSSL): of bytes that come in pieces, or of a few at once.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace wgaudit {

using Sha256Digest = std::array<unsigned char, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  // REQUIRES: one of them, once, last.
  [[nodiscard]] std::string hex();  // 64 digits
  [[nodiscard]] Sha256Digest digest();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string to_hex(const Sha256Digest& digest);
[[nodiscard]] Sha256Digest sha256(std::string_view bytes);
[[nodiscard]] std::string sha256_hex(std::string_view bytes);  // 64 digits

}  // namespace wgaudit
