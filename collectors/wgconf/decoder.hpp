// The text of a WireGuard configuration: wg(8) and wg-quick(8), or networkd (systemd.netdev(5)).
// Pure. Takes public keys, prefixes, whether there is a preshared key, and the comments that say
// whose a peer is; passes over private and preshared keys without a copy.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/model/cidr.hpp"
#include "collectors/model/key.hpp"
#include "collectors/wgconf/comments.hpp"

namespace wgaudit {

// Static text: it can show no byte of the file.
struct ConfProblem {
  std::size_t line = 0;  // 0: of the file
  std::string_view field;
  std::string_view why;
  bool fatal = false;  // nothing of the file is to be used
  friend bool operator==(const ConfProblem&, const ConfProblem&) = default;
};

struct ConfPeer {
  std::size_t line = 0;  // of its header
  std::optional<Key> public_key;
  std::string public_key_file;  // PublicKeyFile= of networkd: the key stands there
  std::size_t key_line = 0;
  std::vector<Cidr> allowed_ips;  // sorted, each once
  bool has_preshared_key = false;
  std::vector<FriendlyNote> notes;  // in the order of the file
};

struct Conf {
  std::vector<ConfPeer> peers;  // those with a key, or a file for it
  std::string interface_name;   // Name= of a .netdev; "" = not said
  bool networkd = false;
  std::vector<ConfProblem> problems;  // by line
};

[[nodiscard]] Conf decode_conf(std::string_view text);

}  // namespace wgaudit
