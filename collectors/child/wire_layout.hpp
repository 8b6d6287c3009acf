// How a message begins: magic, kind and request, each a plain number. Shared by encoder and
// decoder.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wgaudit {

inline constexpr std::uint32_t kWireMagic = 0x31414757;  // "WGA1"
inline constexpr std::size_t kWireHeaderSize =
    sizeof(std::uint32_t) + sizeof(std::uint32_t) + sizeof(std::uint64_t);

}  // namespace wgaudit
