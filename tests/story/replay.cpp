#include "tests/story/replay.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "exporter/codec/sha256.hpp"
#include "exporter/sinks/segment_directory.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

using nlohmann::json;

class Replayer {
 public:
  void line(const std::string& text) {
    const json event = json::parse(text, nullptr, false);
    if (event.is_discarded()) {
      ++out.torn_lines;
    } else {
      check(event);
      take(event);
    }
    prev_hash_ = "sha256:" + sha256_hex(text);
  }
  Replay out;

 private:
  void problem(const std::string& what) { out.problems.push_back(what); }

  void check(const json& event) {
    const std::string said = event["wireguard"]["audit"]["prev_hash"];
    if (said != prev_hash_) problem("the chain is broken at " + event.dump());
    if (!event["event"].contains("sequence")) return;
    const std::uint64_t sequence = event["event"]["sequence"];
    if (sequence != out.last_sequence + 1) {
      problem("sequence " + std::to_string(sequence) + " after " +
              std::to_string(out.last_sequence));
    }
    out.last_sequence = sequence;
    if (!ids_.insert(event["event"]["id"]).second) problem("an id twice: " + event.dump());
  }

  void take(const json& event) {
    const std::string action = event["event"]["action"];
    const json& wireguard = event["wireguard"];
    if (action.starts_with("finding-") && action != "finding-burst") {
      return finding(action, event, wireguard);
    }
    if (!wireguard.contains("interface")) return;
    const auto place = place_of(wireguard["interface"]);
    if (action == "interface-removed") out.interfaces.erase(place);
    if (action == "interface-changed") rename(place, wireguard);
    if (!wireguard.contains("peer")) return;
    const std::string key = wireguard["peer"]["public_key"];
    if (action == "peer-added" || action == "state-snapshot") {
      put(out.interfaces[place], key, wireguard["peer"], action == "peer-added");
    } else if (action == "peer-removed") {
      out.removed_keys.insert(place.first + ' ' + key);
      if (!out.interfaces[place].erase(key)) problem("removed and not there: " + event.dump());
    } else if (action == "peer-changed") {
      change(out.interfaces[place][key], wireguard["after"]);
    } else if (action.starts_with("session-")) {
      session(action, wireguard["session"]["id"], key);
    }
  }

  static std::pair<std::string, std::string> place_of(const json& interface) {
    return {interface.value("netns", ""), interface["name"]};
  }

  void rename(const std::pair<std::string, std::string>& place, const json& wireguard) {
    if (!wireguard.contains("before") || !wireguard["before"].contains("interface")) return;
    const json& before = wireguard["before"]["interface"];
    const std::pair from{before.value("netns", place.first), before.value("name", place.second)};
    if (from == place) return;
    out.interfaces[place] = std::move(out.interfaces[from]);
    out.interfaces.erase(from);
  }

  void put(ReplayedInterface& interface, const std::string& key, const json& peer, bool added) {
    if (added && interface.contains(key)) problem("added and there: " + key);
    interface[key] = {peer["allowed_ips"].get<std::set<std::string>>(), peer["preshared_key_set"],
                      peer["persistent_keepalive_seconds"]};
  }

  static void change(ReplayedPeer& peer, const json& after) {
    if (after.contains("allowed_ips"))
      peer.allowed_ips = after["allowed_ips"].get<std::set<std::string>>();
    peer.preshared_key = after.value("preshared_key_set", peer.preshared_key);
    peer.keepalive = after.value("persistent_keepalive_seconds", peer.keepalive);
  }

  void session(const std::string& action, const std::string& id, const std::string& key) {
    if (action == "session-started" && !out.sessions.emplace(id, key).second) {
      problem("started twice: " + id);
    }
    if (action != "session-ended") return;
    out.sessions.erase(id);  // one that ran at the baseline has no start
    if (!out.ended_sessions.insert(id).second) problem("ended twice: " + id);
  }

  void finding(const std::string& action, const json& event, const json& wireguard) {
    const std::string id = wireguard["finding"]["id"];
    if (action == "finding-opened") {
      const json interface = wireguard.value("interface", json::object());
      const json peer = wireguard.value("peer", json::object());
      const std::string what = event["rule"]["name"].get<std::string>() + '|' +
                               interface.value("netns", "") + '|' + interface.value("name", "") +
                               '|' + peer.value("public_key", "") + '|' +
                               wireguard["finding"].value("subject", "");
      if (!out.findings.emplace(id, what).second) problem("opened twice: " + what);
    } else if (action == "finding-closed" && out.findings.erase(id) == 0) {
      problem("closed and not open: " + event.dump());
    } else if (action == "finding-changed" && !out.findings.contains(id)) {
      problem("changed and not open: " + event.dump());
    }
  }

  std::string prev_hash_ = "sha256:" + std::string(64, '0');
  std::set<std::string> ids_;
};

}  // namespace

Replay replay(const std::string& directory) {
  Replayer replayer;
  const auto opened = SegmentDirectory::open_to_read(directory);
  if (!opened || *opened == nullptr) {
    replayer.out.problems.emplace_back("no segments");
    return std::move(replayer.out);
  }
  const auto names = (*opened)->segments();
  for (const SegmentName& name : *names) {
    const std::string text = read_file(std::filesystem::path(directory) / to_string(name));
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      replayer.line(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  std::erase_if(replayer.out.interfaces, [](const auto& entry) { return entry.second.empty(); });
  return std::move(replayer.out);
}

}  // namespace wgaudit::test
