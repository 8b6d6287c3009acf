// What the lines of the segments say, replayed: for who has nothing but them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wgaudit::test {

struct ReplayedPeer {
  std::set<std::string> allowed_ips;
  bool preshared_key = false;
  std::int64_t keepalive = 0;
  friend bool operator==(const ReplayedPeer&, const ReplayedPeer&) = default;
};
using ReplayedInterface = std::map<std::string, ReplayedPeer>;  // by public key

struct Replay {
  std::map<std::pair<std::string, std::string>, ReplayedInterface> interfaces;  // with peers
  std::map<std::string, std::string> findings;  // id -> rule, place, key, subject
  std::map<std::string, std::string> sessions;  // id -> public key, of those without an end
  std::set<std::string> ended_sessions;
  std::set<std::string> removed_keys;  // of peer-removed
  std::uint64_t last_sequence = 0, torn_lines = 0;
  std::vector<std::string> problems;  // chain, sequences, ids, what cannot be
};

// All segments of the directory, in their order.
[[nodiscard]] Replay replay(const std::string& directory);

}  // namespace wgaudit::test
