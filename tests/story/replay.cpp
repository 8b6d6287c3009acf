#include "tests/story/replay.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "exporter/codec/sha256.hpp"
#include "exporter/sinks/segment_directory.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

using nlohmann::json;
using Place = std::pair<std::string, std::string>;
using Texts = std::set<std::string>;

class Replayer {
 public:
  explicit Replayer(bool rough) : rough_(rough) {}
  void segment(const std::string& name, const std::string& text) {
    ++out.segments;
    line_ = 0;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      line(text.substr(begin, end - begin));
      begin = end + 1;
    }
    segment_ = name;
  }
  Replay take() {
    if (torn_bytes_ > 0 && !rough_) problem("a torn line that no segment records");
    return std::move(out);
  }

 private:
  void problem(const std::string& what) {
    out.problems.push_back("after sequence " + std::to_string(out.last_sequence) + ": " + what);
  }
  void problem(const std::string& what, const json& event) { problem(what + ": " + event.dump()); }

  void line(const std::string& text) {
    ++line_;
    const json event = json::parse(text, nullptr, false);
    const std::string before = std::exchange(prev_hash_, sha256_hex(text));
    if (!event.is_object()) {
      // Its first line can be torn too, and with it what it says of the torn line before.
      if (torn_bytes_ > 0 && line_ > 1 && !rough_) problem("two torn lines");
      torn_bytes_ = text.size();
      ++out.torn_lines;
      return;
    }
    if (event["wireguard"]["audit"]["prev_hash"] != "sha256:" + before) {
      ++out.breaks;
      if (!rough_) problem("the chain is broken", event);
    }
    const bool opens = event["event"]["action"] == "segment-opened";
    if (opens != (line_ == 1) && !rough_) {
      problem("is not the first line of its segment alone", event);
    }
    if (opens) return first_line(event["wireguard"]["segment"], before);
    if (torn_bytes_ > 0 && !rough_) problem("goes on after a torn line", event);
    if (number(event)) take(event);
  }

  void first_line(const json& segment, const std::string& before) {
    if (rough_) return;
    if (segment.value("previous", "") != segment_) problem("follows on another segment", segment);
    if (segment.value("torn_bytes", std::size_t{0}) != torn_bytes_ ||
        segment.value("torn_hash", "") != (torn_bytes_ > 0 ? before : "")) {
      problem("records another torn line", segment);
    }
    if (segment.value("repeats", false)) problem("says that it repeats", segment);
    torn_bytes_ = 0;
  }

  // Whether it is there for the first time.
  bool number(json event) {
    const std::string installation = event["wireguard"]["audit"]["installation"];
    if (installation != out.installation) begin(installation);
    const std::uint64_t sequence = event["event"]["sequence"];
    const std::string id = event["event"]["id"];
    event["wireguard"]["audit"].erase("prev_hash");  // its place, not what it says
    const auto [before, is_new] = events_.emplace(id, event);
    if (!is_new) {
      ++out.repeats;
      if (!rough_) problem("an id twice", event);
      if (before->second != event) problem("is there again, and says something else", event);
      return false;
    }
    if (sequence != out.last_sequence + 1) problem("sequence " + std::to_string(sequence));
    out.last_sequence = sequence;
    return true;
  }

  // The state was lost: everything is told anew.
  void begin(const std::string& installation) {
    out.installation = installation;
    ++out.installations;
    out.last_sequence = 0;
    out.interfaces.clear();
    out.findings.clear();
    out.sessions.clear();
    out.ended_sessions.clear();
  }

  void take(const json& event) {
    const std::string action = event["event"]["action"];
    ++out.actions[action];
    const json& wireguard = event["wireguard"];
    if (action == "finding-burst") return;
    if (action.starts_with("finding-")) return finding(action, event);
    if (!wireguard.contains("interface")) return;
    const json& interface = wireguard["interface"];
    const Place place{interface.value("netns", ""), interface["name"]};
    if (action.starts_with("interface-")) return about_interface(action, place, event);
    if (action.starts_with("session-")) {
      session(action, event);
    } else if (wireguard.contains("peer")) {
      about_peer(action, place, event);
    }
  }

  void about_interface(const std::string& action, const Place& place, const json& event) {
    const json& wireguard = event["wireguard"];
    if (action == "interface-added") {
      if (!out.interfaces.emplace(place, ReplayedInterface{}).second) problem("is there", event);
    } else if (action == "interface-removed") {
      // One without peers at the baseline is in no event before.
      const auto node = out.interfaces.extract(place);
      const std::size_t peers = node.empty() ? 0 : node.mapped().size();
      if (wireguard["interface"]["peers"] != peers) problem("had other peers", event);
    } else {
      const json before =
          wireguard.value("before", json::object()).value("interface", json::object());
      const Place from{before.value("netns", place.first), before.value("name", place.second)};
      if (from == place) return;
      if (out.interfaces.contains(place)) problem("is there", event);
      out.interfaces[place] = std::move(out.interfaces[from]);
      out.interfaces.erase(from);
    }
  }

  void about_peer(const std::string& action, const Place& place, const json& event) {
    const json& wireguard = event["wireguard"];
    ReplayedInterface& interface = out.interfaces[place];
    const std::string key = wireguard["peer"]["public_key"];
    const bool initial = wireguard.value("snapshot", json::object()).value("initial", false);
    const bool appears = action == "peer-added" || initial;
    if (interface.contains(key) == appears) problem(appears ? "is there" : "is not there", event);
    if (appears) {
      interface[key] = peer_of(wireguard["peer"]);
    } else if (action == "peer-removed") {
      if (interface[key] != peer_of(wireguard["peer"])) problem("was another one", event);
      interface.erase(key);
    } else if (action == "peer-changed") {
      if (!change(interface[key], wireguard["before"], wireguard["after"])) {
        problem("was not so before", event);
      }
    }
  }

  static ReplayedPeer peer_of(const json& peer) {
    return {peer["allowed_ips"].get<Texts>(), peer["preshared_key_set"],
            peer["persistent_keepalive_seconds"]};
  }

  // Whether it was as the event says.
  static bool change(ReplayedPeer& peer, const json& before, const json& after) {
    const ReplayedPeer was{before.value("allowed_ips", peer.allowed_ips),
                           before.value("preshared_key_set", peer.preshared_key),
                           before.value("persistent_keepalive_seconds", peer.keepalive)};
    const bool fits = peer == was;
    peer = {after.value("allowed_ips", peer.allowed_ips),
            after.value("preshared_key_set", peer.preshared_key),
            after.value("persistent_keepalive_seconds", peer.keepalive)};
    return fits;
  }

  void session(const std::string& action, const json& event) {
    const json& session = event["wireguard"]["session"];
    const std::string id = session["id"], key = event["wireguard"]["peer"]["public_key"];
    if (action == "session-started") {
      if (out.ended_sessions.contains(id)) problem("has ended", event);
      if (!out.sessions.emplace(id, key).second) problem("started twice", event);
      return;
    }
    if (!out.ended_sessions.insert(id).second) problem("ended twice", event);
    const auto started = out.sessions.find(id);
    // One that ran at the baseline has no start.
    if ((started == out.sessions.end()) != session.value("start_unknown", false)) {
      problem("start and end do not fit", event);
    }
    if (started == out.sessions.end()) return;
    if (started->second != key) problem("is of another peer", event);
    out.sessions.erase(started);
  }

  void finding(const std::string& action, const json& event) {
    const std::string id = event["wireguard"]["finding"]["id"];
    if (action == "finding-opened") {
      if (!out.findings.insert(id).second) problem("is open", event);
    } else if (action == "finding-closed") {
      if (out.findings.erase(id) == 0) problem("is not open", event);
    } else if (!out.findings.contains(id)) {
      problem("is not open", event);
    }
  }

  const bool rough_;
  Replay out;
  std::string prev_hash_ = std::string(64, '0');
  std::string segment_;  // the one before
  std::size_t line_ = 0, torn_bytes_ = 0;
  std::map<std::string, json> events_;  // by id, without prev_hash
};

}  // namespace

Replay replay(const std::string& directory, bool rough) {
  Replayer replayer(rough);
  const auto opened = SegmentDirectory::open_to_read(directory);
  if (opened && *opened != nullptr) {
    const auto names = (*opened)->segments();
    for (const SegmentName& name : *names) {
      replayer.segment(to_string(name),
                       read_file(std::filesystem::path(directory) / to_string(name)));
    }
  }
  return replayer.take();
}

}  // namespace wgaudit::test
