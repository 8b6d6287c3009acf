// A buffer for bytes that hold private or preshared keys: pages of its own, locked, kept out of
// core dumps, zero in a forked process, wiped. Only the collector child and `inventory import` have
// one.
#pragma once

#include <cstddef>
#include <span>

namespace wgaudit {

class SecretBuffer {
 public:
  explicit SecretBuffer(std::size_t size);  // rounded up to whole pages; throws std::bad_alloc
  ~SecretBuffer();                          // wiped, then unmapped
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;
  SecretBuffer(SecretBuffer&& other) noexcept;
  SecretBuffer& operator=(SecretBuffer&& other) noexcept;  // swaps

  [[nodiscard]] std::span<std::byte> bytes() { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  // mlock(2) held; false where RLIMIT_MEMLOCK forbade it.
  [[nodiscard]] bool locked() const { return locked_; }
  void wipe();                                        // explicit_bzero over all of it
  void wipe(std::size_t offset, std::size_t length);  // over a part
  // A larger one with the same first bytes; the old memory is wiped. Spans of it are invalid then.
  void grow(std::size_t size);

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  bool locked_ = false;
};

}  // namespace wgaudit
