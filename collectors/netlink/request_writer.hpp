// Puts one netlink request together. For the files that build requests alone.
#pragma once

#include <linux/netlink.h>

#include <array>
#include <cstring>
#include <string_view>

#include "collectors/netlink/request.hpp"

namespace wgaudit {

// The longest holds headers and the names of a table and a chain (NFT_NAME_MAXLEN).
inline constexpr std::size_t kMaxRequest = 1024;

class RequestWriter {
 public:
  RequestWriter(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence);

  template <class T>
  void put_header(const T& header) {
    std::memcpy(extra_header(sizeof header), &header, sizeof header);
  }
  void put(std::uint16_t type, std::uint32_t value);
  void put(std::uint16_t type, std::string_view text);
  nlattr* open(std::uint16_t type);
  void close(nlattr* nest);

  [[nodiscard]] NetlinkRequest take() const;

 private:
  [[nodiscard]] nlmsghdr* header();
  [[nodiscard]] void* extra_header(std::size_t size);

  alignas(nlmsghdr) std::array<std::byte, kMaxRequest> buffer_{};
};

}  // namespace wgaudit
