// Values for tests: the same name always gives the same key. Small, plain, chainable by assignment.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audit/inventory.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit::test {

// A key that is a function of the name, for no real private key.
[[nodiscard]] Key key(std::string_view name);
[[nodiscard]] Cidr cidr(std::string_view text);         // aborts on a malformed one
[[nodiscard]] WallTime wall(std::string_view rfc3339);  // likewise
[[nodiscard]] BootTime boot(Duration since_boot);

struct PeerSpec {
  std::string name;  // key(name)
  std::vector<std::string> allowed_ips{};
  WallTime last_handshake{};
  std::string endpoint{};  // "" = none
  std::uint64_t received_bytes = 0, sent_bytes = 0;
  bool preshared_key = false;
  std::uint16_t keepalive = 0;
};
// A complete, normalized device.
[[nodiscard]] Device device(std::string_view name, const std::vector<PeerSpec>& peers,
                            BootTime observed_at = {}, std::string_view netns = "");
// An active record of a user.
[[nodiscard]] Record record(std::string_view key_name, std::string_view principal);
// With its index built.
[[nodiscard]] std::shared_ptr<Inventory> inventory(std::vector<Record> records);

}  // namespace wgaudit::test
