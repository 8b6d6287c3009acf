// Reads a dump through one locked buffer; every line is wiped as soon as it is decoded.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/model/device.hpp"
#include "collectors/secret/secret_buffer.hpp"

namespace wgaudit {

inline constexpr std::size_t kDumpLineLimit = std::size_t{16} << 20;

// What the interface of a dump without interface column is called: the file's stem, "stdin".
[[nodiscard]] std::string interface_name_of(std::string_view path);

struct Dump {
  std::vector<Device> devices;
  bool lists_all = true;  // `wg show all dump`, not `wg show IFACE dump`
};

// "-" is standard input. Blocks as long as the file does. The error names line and field, never
// text; `memory_locked` becomes false where the buffer could not be locked.
[[nodiscard]] std::expected<Dump, std::string> read_dump(const std::string& path,
                                                         bool& memory_locked);

}  // namespace wgaudit
