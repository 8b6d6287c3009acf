// Reads a WireGuard configuration through one locked buffer that is wiped.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "collectors/wgconf/decoder.hpp"

namespace wgaudit {

inline constexpr std::size_t kConfLimit = std::size_t{16} << 20U;

// The interface that a file of this name configures, as wg-quick(8) takes it: its name without
// ".conf". "" where no interface can have that name, and of what is no file of a directory ("-",
// /dev/fd/63).
[[nodiscard]] std::string conf_interface_name(std::string_view path);

// "-" is standard input. Each peer has its key: those of `PublicKeyFile=` are read, below the
// directory of `path` where they are relative. The error is the system's; what else is wrong is
// among the problems, with line and field, never text.
[[nodiscard]] std::expected<Conf, std::string> read_conf(const std::string& path);

}  // namespace wgaudit
