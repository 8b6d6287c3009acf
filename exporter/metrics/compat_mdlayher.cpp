#include <algorithm>
#include <charconv>
#include <chrono>

#include "exporter/metrics/compat.hpp"

namespace wgaudit {
namespace {

// As strconv.FormatFloat(value, 'g', -1, 64) of Go, which printf's %g is but for the digits.
std::string go_number(double value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general);
  return {digits, end.ptr};
}

// The lines of one family. Go's library sorts them by the values of their labels.
class GoFamily {
 public:
  GoFamily(std::string_view name, std::string_view type, std::string_view help)
      : name_(name), type_(type), help_(help) {}

  void add(std::vector<std::pair<std::string_view, std::string>> labels, double value = 1) {
    Sample sample{{}, {}, value};
    Labels text;
    for (auto& [label, shown] : labels) {
      text.add(label, shown);
      sample.values.push_back(std::move(shown));
    }
    sample.labels = text.text();
    samples_.push_back(std::move(sample));
  }
  void append_to(std::string& page) {
    if (samples_.empty()) return;
    std::ranges::sort(samples_, {}, &Sample::values);
    page.append("# HELP ").append(name_).append(" ").append(help_);
    page.append("\n# TYPE ").append(name_).append(" ").append(type_).append("\n");
    for (const Sample& sample : samples_) {
      page.append(name_).append(sample.labels).append("} ");
      page.append(go_number(sample.value)).append("\n");
    }
  }

 private:
  struct Sample {
    std::vector<std::string> values;
    std::string labels;
    double value;
  };
  std::string_view name_, type_, help_;
  std::vector<Sample> samples_;
};

struct Families {
  GoFamily device_info{"wireguard_device_info", "gauge", "Metadata about a device."};
  GoFamily allowed_ips{"wireguard_peer_allowed_ips_info", "gauge",
                       "Metadata about each of a peer's allowed IP subnets for a given device."};
  GoFamily peer_info{"wireguard_peer_info", "gauge",
                     "Metadata about a peer. The public_key label on peer metrics refers to the "
                     "peer's public key; not the device's public key."};
  GoFamily last_handshake{"wireguard_peer_last_handshake_seconds", "gauge",
                          "UNIX timestamp for the last handshake with a given peer."};
  GoFamily received{"wireguard_peer_receive_bytes_total", "counter",
                    "Number of bytes received from a given peer."};
  GoFamily sent{"wireguard_peer_transmit_bytes_total", "counter",
                "Number of bytes transmitted to a given peer."};
};

void add_peer(Families& families, const CompatPeers& peers, const Device& device, const Peer& peer,
              const Record* record) {
  const std::string key = to_string(peer.public_key);
  const bool named = record != nullptr && peers.names;
  families.peer_info.add({{"device", device.name},
                          {"endpoint", endpoint_text(shown(peer.endpoint, peers.privacy))},
                          {"name", named ? shown_principal(record->principal, peers.privacy) : ""},
                          {"public_key", key}});
  for (const Cidr& prefix : device.prefixes_of(peer)) {
    families.allowed_ips.add({{"allowed_ips", to_string(prefix)},
                              {"device", device.name},
                              {"family", prefix.address.family == Family::ipv4 ? "IPv4" : "IPv6"},
                              {"public_key", key}});
  }
  const auto handshake =
      std::chrono::floor<std::chrono::seconds>(peer.last_handshake.time_since_epoch()).count();
  families.last_handshake.add({{"device", device.name}, {"public_key", key}},
                              static_cast<double>(handshake));
  families.received.add({{"device", device.name}, {"public_key", key}},
                        static_cast<double>(peer.received_bytes));
  families.sent.add({{"device", device.name}, {"public_key", key}},
                    static_cast<double>(peer.sent_bytes));
}

}  // namespace

std::string mdlayher_page(const CompatPeers& peers) {
  Families families;
  for (const JudgedDevice* judged : peers.devices) {
    const Device& device = *judged->device;
    if (!device.netns.empty()) continue;
    // An interface without a key has one of zeros there.
    families.device_info.add(
        {{"device", device.name}, {"public_key", to_string(device.public_key.value_or(Key{}))}});
  }
  for (const JudgedDevice* judged : peers.with_peers) {
    const Device& device = *judged->device;
    if (!device.netns.empty()) continue;
    for (std::size_t i = 0; i < device.peers.size(); ++i) {
      add_peer(families, peers, device, device.peers[i], judged->peers[i].record);
    }
  }
  std::string page;
  for (GoFamily* family : {&families.device_info, &families.allowed_ips, &families.peer_info,
                           &families.last_handshake, &families.received, &families.sent}) {
    family->append_to(page);
  }
  return page;
}

}  // namespace wgaudit
