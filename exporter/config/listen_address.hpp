// An address to listen on, as the flag has it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wgaudit {

struct ListenAddress {
  std::string host;  // "": all addresses of both families
  std::uint16_t port = 0;
  std::string path = {};  // of a unix socket, absolute; then there is no host and no port
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// "HOST:PORT", "[V6]:PORT", ":PORT", "unix:PATH".
[[nodiscard]] std::optional<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace wgaudit
