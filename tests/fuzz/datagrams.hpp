// An input as answers of the kernel: [u32 length][datagram]…, the form of tests/netlink/recorded.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "collectors/netlink/attribute.hpp"

namespace wgaudit {

inline std::vector<Bytes> datagrams_of(Bytes input) {
  std::vector<Bytes> datagrams;
  while (input.size() >= sizeof(std::uint32_t)) {
    std::uint32_t size = 0;
    std::memcpy(&size, input.data(), sizeof size);
    input = input.subspan(sizeof size);
    const Bytes datagram = input.first(std::min<std::size_t>(size, input.size()));
    datagrams.push_back(datagram);
    input = input.subspan(datagram.size());
  }
  return datagrams;
}

}  // namespace wgaudit
