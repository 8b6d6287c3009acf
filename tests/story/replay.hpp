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
  std::uint64_t breaks = 0, repeats = 0;  // of the chain, of events
  std::string installation;               // the newest: what was told before it counts no more
  std::uint64_t installations = 0;
  std::vector<std::string> problems;
};

// All segments of the directory, in their order. After power loss and failed syncs (`rough`) lines
// may be missing or zeros, the chain broken where they were, and events there twice, the same.
[[nodiscard]] Replay replay(const std::string& directory, bool rough);

}  // namespace wgaudit::test
