// RFC 1952 compression of whole bodies: of requests to a receiver, of pages for many readers. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace wgaudit {

// Keeps its memory (256 KiB) from body to body. One thread at a time.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  // At zlib's fastest level: JSON and metrics shrink to a tenth by it, and a gateway has other
  // work.
  [[nodiscard]] std::string compress(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wgaudit
