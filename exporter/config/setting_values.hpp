// Values as one writes them in flags, environment and file. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wgaudit {

// "" = taken; else why not: "not a duration such as 5s". Static text, shows no byte of the value.
using Reason = std::string_view;

// As Prometheus reads and means them, powers of two: "512MB", "2GiB".
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// HOST, HOST:PORT or [IPv6]:PORT. `port` 0: none is said. Whether the host exists shows when it is
// looked up.
struct HostAndPort {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};
[[nodiscard]] std::optional<HostAndPort> parse_host_port(std::string_view text);

// One of a few words.
template <typename Value>
struct ValueName {
  std::string_view name;
  Value value;
};
template <typename Value, std::size_t size>
[[nodiscard]] std::optional<Value> value_named(const ValueName<Value> (&names)[size],
                                               std::string_view name) {
  for (const ValueName<Value>& one : names) {
    if (one.name == name) return one.value;
  }
  return std::nullopt;
}

}  // namespace wgaudit
