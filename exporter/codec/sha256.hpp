// SHA-256 (OpenSSL): of bytes that come in pieces, or of a few at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace wgaudit {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  [[nodiscard]] std::string hex();  // 64 digits; REQUIRES: called once, last

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_hex(std::string_view bytes);  // 64 digits

}  // namespace wgaudit
