#include <chrono>

#include "exporter/metrics/compat.hpp"

namespace wgaudit {
namespace {

// Whole seconds since 1970; 0 for never.
std::uint64_t seconds_of(WallTime time) {
  return static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

// "10.0.0.0/8,fd00::/64"
std::string joined(std::span<const Cidr> prefixes) {
  if (prefixes.empty()) return "(none)";  // as wg(8) prints it
  std::string text;
  for (const Cidr& prefix : prefixes) text += (text.empty() ? "" : ",") + to_string(prefix);
  return text;
}

void add_separate(Labels& labels, std::span<const Cidr> prefixes) {
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    const std::string number = std::to_string(i);
    labels.add("allowed_ip_" + number, to_string(prefixes[i].address));
    labels.add("allowed_subnet_" + number, std::to_string(prefixes[i].length));
  }
}

void add_remote(Labels& labels, const Endpoint& endpoint) {
  if (!endpoint.known()) return;
  labels.add("remote_ip", to_string(endpoint.address));
  if (endpoint.port != 0) labels.add("remote_port", std::to_string(endpoint.port));
}

struct Row {
  std::string labels;
  const Peer* peer;
};

std::vector<Row> rows_of(const CompatPeers& peers, const MindflavorOptions& options) {
  std::vector<Row> rows;
  for (const JudgedDevice* judged : peers.with_peers) {
    const Device& device = *judged->device;
    if (!device.netns.empty()) continue;
    for (std::size_t i = 0; i < device.peers.size(); ++i) {
      const Peer& peer = device.peers[i];
      const auto prefixes = device.prefixes_of(peer);
      Labels labels;
      labels.add("interface", device.name).add("public_key", to_string(peer.public_key));
      if (options.separate_allowed_ips) {
        add_separate(labels, prefixes);
      } else {
        labels.add("allowed_ips", joined(prefixes));
      }
      if (const Record* record = judged->peers[i].record; record != nullptr && peers.names) {
        labels.add("friendly_name", shown_principal(record->principal, peers.privacy));
      }
      if (options.export_remote_ip_and_port)
        add_remote(labels, shown(peer.endpoint, peers.privacy));
      rows.push_back({labels.text(), &peer});
    }
  }
  return rows;
}

template <typename Value>
void append_family(std::string& page, const std::vector<Row>& rows, std::string_view name,
                   std::string_view type, std::string_view help, Value value) {
  page.append("# HELP ").append(name).append(" ").append(help);
  page.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
  for (const Row& row : rows) {
    page.append(name).append(row.labels).append("} ");
    page.append(std::to_string(value(*row.peer))).append("\n");
  }
}

}  // namespace

std::string mindflavor_page(const CompatPeers& peers, const MindflavorOptions& options) {
  const std::vector<Row> rows = rows_of(peers, options);
  std::string page;
  append_family(page, rows, "wireguard_sent_bytes_total", "counter", "Bytes sent to the peer",
                [](const Peer& peer) { return peer.sent_bytes; });
  append_family(page, rows, "wireguard_received_bytes_total", "counter",
                "Bytes received from the peer",
                [](const Peer& peer) { return peer.received_bytes; });
  append_family(page, rows, "wireguard_latest_handshake_seconds", "gauge",
                "UNIX timestamp seconds of the last handshake",
                [](const Peer& peer) { return seconds_of(peer.last_handshake); });
  if (!options.export_latest_handshake_delay) return page;
  append_family(page, rows, "wireguard_latest_handshake_delay_seconds", "gauge",
                "Seconds from the last handshake", [&](const Peer& peer) {
                  // Of a peer whose clock is ahead 0: theirs ends the scrape there.
                  const std::uint64_t now = seconds_of(peers.now);
                  return now - std::min(now, seconds_of(peer.last_handshake));
                });
  return page;
}

}  // namespace wgaudit
