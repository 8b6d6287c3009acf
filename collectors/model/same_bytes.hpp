// Equality of flat values word by word, inline: a poll compares tens of thousands of them, and a
// call of memcmp(3) costs more than the comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace wgaudit {

template <typename Flat>
[[nodiscard]] inline bool same_bytes(const Flat& a, const Flat& b) {
  static_assert(std::has_unique_object_representations_v<Flat>);
  constexpr std::size_t kWords = sizeof(Flat) / sizeof(std::uint64_t);
  constexpr std::size_t kRest = sizeof(Flat) % sizeof(std::uint64_t);
  const auto word = [](const Flat& value, std::size_t offset, std::size_t size) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, reinterpret_cast<const char*>(&value) + offset, size);
    return bits;
  };
  std::uint64_t difference = 0;
  for (std::size_t i = 0; i < kWords; ++i) {
    difference |= word(a, i * sizeof(std::uint64_t), sizeof(std::uint64_t)) ^
                  word(b, i * sizeof(std::uint64_t), sizeof(std::uint64_t));
  }
  if constexpr (kRest != 0) {
    difference |= word(a, kWords * sizeof(std::uint64_t), kRest) ^
                  word(b, kWords * sizeof(std::uint64_t), kRest);
  }
  return difference == 0;
}

}  // namespace wgaudit
