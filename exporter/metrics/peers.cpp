#include <algorithm>
#include <cassert>
#include <optional>

#include "exporter/metrics/families.hpp"

namespace wgaudit {
namespace {

// A peer, and where its labels stand in the arena: `{netns="…",interface="…",public_key="…"} `.
struct Case {
  const Device* device;
  const Peer* peer;
  const PeerStatus* status;
  std::size_t offset, length;
  bool named_here;  // the record's `at` names the interface
};
constexpr std::size_t kLabelsEnd = 2;  // "} "

// The labels of all peers are built once and copied into every family.
struct Cases {
  std::vector<Case> cases;
  std::string labels;
};

bool is_named_at(const PeerStatus& status, const Device& device, std::string_view gateway) {
  return status.record != nullptr && allows(*status.record, gateway, device.netns, device.name);
}

Cases collect(const ShownDevices& devices, std::string_view gateway) {
  Cases all;
  std::size_t count = 0, size = 0;
  for (const JudgedDevice* judged : devices) {
    assert(judged->peers.size() == judged->device->peers.size());
    count += judged->peers.size();
    size += judged->peers.size() *
            (judged->device->netns.size() + judged->device->name.size() + Key::kBase64Size + 48);
  }
  all.cases.reserve(count);
  all.labels.reserve(size);
  for (const JudgedDevice* judged : devices) {
    const Device& device = *judged->device;
    std::string prefix =
        Labels{}.add("netns", device.netns).add("interface", device.name).text() + ",public_key=\"";
    for (std::size_t i = 0; i < device.peers.size(); ++i) {
      char key[Key::kBase64Size];
      write_base64(device.peers[i].public_key, key);
      const std::size_t offset = all.labels.size();
      all.labels += prefix;
      all.labels.append(key, sizeof key);
      all.labels += "\"} ";
      const PeerStatus& status = judged->peers[i];
      all.cases.push_back({&device, &device.peers[i], &status, offset, all.labels.size() - offset,
                           is_named_at(status, device, gateway)});
    }
  }
  return all;
}

char* copy(char* out, const char* from, std::size_t size) {
  std::memcpy(out, from, size);
  return out + size;
}

// One family: a line for every peer for which `value` has one.
template <typename Value>
void write_family(TextWriter& out, const Cases& all, MetricId id, Value value) {
  out.begin(id);
  if (std::ranges::none_of(all.cases, [&](const Case& c) { return value(c).has_value(); })) return;
  const std::string_view name = metric_info(id).name;
  const std::size_t per_line = name.size() + kMaxValueSize + 1;
  out.raw(all.labels.size() + all.cases.size() * per_line, [&](char* p) {
    for (const Case& c : all.cases) {
      const auto number = value(c);
      if (!number) continue;
      p = copy(p, name.data(), name.size());
      p = copy(p, all.labels.data() + c.offset, c.length);
      p = write_value(p, *number);
      *p++ = '\n';
    }
    return p;
  });
}

// `,name="value"`.
void add_label(std::string& line, std::string_view comma_name_and_quote, std::string_view value) {
  line += comma_name_and_quote;
  append_label_value(line, value);
  line += '"';
}

std::string unknown_principal(const Key& key) {
  char text[Key::kBase64Size];
  write_base64(key, text);
  return "unknown:" + std::string(text, 8);
}

void add_identity(std::string& line, const Case& c, const Inventory& inventory,
                  const MetricsOptions& options) {
  const IdentityLabels& labels = options.identity_labels;
  const Record* record = c.status->record;
  if (labels.principal) {
    add_label(line, ",principal=\"",
              record != nullptr ? shown_principal(record->principal, options.privacy)
                                : unknown_principal(c.peer->public_key));
  }
  if (labels.principal_kind) {
    add_label(line, ",principal_kind=\"", record != nullptr ? to_string(record->kind) : "");
  }
  if (labels.principal_device) {
    add_label(line, ",principal_device=\"",
              record != nullptr ? shown_name(record->device, options.privacy) : "");
  }
  if (labels.role) {
    add_label(line, ",role=\"", record != nullptr ? inventory.role_name(*record) : "");
  }
  if (labels.status) {
    add_label(line, ",status=\"", record != nullptr ? to_string(record->status) : "unknown");
  }
}

// One family whose value is 1 and whose labels say more than who the peer is. What is appended
// between start() and finish() is of one line.
class InfoLines {
 public:
  InfoLines(const Cases& all, MetricId id) : all_(all), id_(id) {
    lines_.reserve(all.labels.size() + all.cases.size() * 160);
  }
  std::string& start(const Case& c) {
    lines_ += metric_info(id_).name;
    return lines_.append(all_.labels, c.offset, c.length - kLabelsEnd);
  }
  void finish() { lines_ += "} 1\n"; }
  void write_to(TextWriter& out) const {
    out.begin(id_);
    if (lines_.empty()) return;
    out.raw(lines_.size(), [&](char* p) { return copy(p, lines_.data(), lines_.size()); });
  }

 private:
  const Cases& all_;
  MetricId id_;
  std::string lines_;
};

void write_info(TextWriter& out, const Cases& all, const Inventory& inventory,
                const MetricsOptions& options) {
  InfoLines lines(all, MetricId::peer_info);
  for (const Case& c : all.cases) {
    add_identity(lines.start(c), c, inventory, options);
    lines.finish();
  }
  lines.write_to(out);
}

void write_endpoints(TextWriter& out, const Cases& all, const Privacy& privacy) {
  InfoLines lines(all, MetricId::peer_endpoint_info);
  for (const Case& c : all.cases) {
    const Address address = shown(c.peer->endpoint.address, privacy);
    if (address.family == Family::none) continue;
    add_label(lines.start(c), ",endpoint_ip=\"", to_string(address));
    lines.finish();
  }
  lines.write_to(out);
}

void write_allowed_ips(TextWriter& out, const Cases& all) {
  InfoLines lines(all, MetricId::peer_allowed_ip_info);
  for (const Case& c : all.cases) {
    for (const Cidr& prefix : c.device->prefixes_of(*c.peer)) {
      std::string& line = lines.start(c);
      add_label(line, ",allowed_ip=\"", to_string(prefix));
      add_label(line, ",family=\"", prefix.address.family == Family::ipv4 ? "ipv4" : "ipv6");
      lines.finish();
    }
  }
  lines.write_to(out);
}

using Count = std::optional<std::uint64_t>;
using Instant = std::optional<WallTime>;

void write_details(TextWriter& out, const Cases& all) {
  write_family(out, all, MetricId::peer_allowed_ips,
               [](const Case& c) -> Count { return c.peer->prefix_count; });
  write_family(out, all, MetricId::peer_persistent_keepalive,
               [](const Case& c) -> Count { return c.peer->persistent_keepalive_seconds; });
  write_family(out, all, MetricId::peer_has_preshared_key, [](const Case& c) -> Count {
    return c.peer->preshared_key == PresharedKey::present ? 1 : 0;
  });
  write_family(out, all, MetricId::peer_first_seen, [](const Case& c) -> Instant {
    return c.status->first_seen == WallTime{} ? Instant{} : c.status->first_seen;
  });
}

}  // namespace

void write_peers(TextWriter& out, const ShownDevices& devices, const View& view,
                 const MetricsOptions& options) {
  const Cases all = collect(devices, view.gateway);
  write_info(out, all, *view.inventory, options);
  write_family(out, all, MetricId::peer_receive_bytes,
               [](const Case& c) -> Count { return c.peer->received_bytes; });
  write_family(out, all, MetricId::peer_transmit_bytes,
               [](const Case& c) -> Count { return c.peer->sent_bytes; });
  write_family(out, all, MetricId::peer_last_handshake, [](const Case& c) -> Instant {
    return c.peer->has_handshake() ? Instant{c.peer->last_handshake} : Instant{};
  });
  write_family(out, all, MetricId::peer_session_up,
               [](const Case& c) -> Count { return c.status->session_up ? 1 : 0; });
  write_family(out, all, MetricId::peer_sessions,
               [](const Case& c) -> Count { return c.status->sessions; });
  write_family(out, all, MetricId::peer_endpoint_changes,
               [](const Case& c) -> Count { return c.status->endpoint_changes; });
  write_family(out, all, MetricId::peer_key_issued, [](const Case& c) -> Instant {
    return c.status->record != nullptr ? c.status->record->issued_at : Instant{};
  });
  write_family(out, all, MetricId::peer_key_expiry, [](const Case& c) -> Instant {
    return c.status->record != nullptr ? c.status->record->expires_at : Instant{};
  });
  write_family(out, all, MetricId::inventory_peer_at,
               [](const Case& c) -> Count { return c.named_here ? Count{1} : Count{}; });
  if (options.peer_details) write_details(out, all);
  if (options.endpoints) write_endpoints(out, all, options.privacy);
  if (options.allowed_ips) write_allowed_ips(out, all);
}

}  // namespace wgaudit
