// What the lines of the segments say, replayed: for who has nothing but them. A line that does not
// fit what the lines before it said is a problem.
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
  std::map<std::pair<std::string, std::string>, ReplayedInterface> interfaces;
  std::set<std::string> findings;               // ids of those that are open
  std::map<std::string, std::string> sessions;  // id → public key, of those without an end
  std::set<std::string> ended_sessions;
  std::map<std::string, std::uint64_t> actions;
  std::uint64_t last_sequence = 0, torn_lines = 0, segments = 0;
  std::string installation;
  std::vector<std::string> problems;
};

// All segments of the directory, in their order.
[[nodiscard]] Replay replay(const std::string& directory);

}  // namespace wgaudit::test
