#include <algorithm>
#include <cassert>
#include <optional>

#include "exporter/metrics/families.hpp"

namespace wgaudit {
namespace {

// A peer, and where its labels stand in the arena: `{netns="…",interface="…",public_key="…"} `.
struct Case {
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
      all.cases.push_back({&device.peers[i], &status, offset, all.labels.size() - offset,
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

void add_label(std::string& line, std::string_view name_and_quote, std::string_view value) {
  line += name_and_quote;
  append_label_value(line, value);
}

void add_identity(std::string& line, const Case& c, const Inventory& inventory,
                  const Privacy& privacy) {
  const Record* record = c.status->record;
  if (record == nullptr) {
    char key[Key::kBase64Size];
    write_base64(c.peer->public_key, key);
    line += ",principal=\"unknown:";
    line.append(key, 8);
    line += "\",principal_kind=\"\",principal_device=\"\",role=\"\",status=\"unknown";
    return;
  }
  add_label(line, ",principal=\"", shown_name(record->principal, privacy));
  add_label(line, "\",principal_kind=\"", to_string(record->kind));
  add_label(line, "\",principal_device=\"", shown_name(record->device, privacy));
  add_label(line, "\",role=\"", inventory.role_name(*record));
  add_label(line, "\",status=\"", to_string(record->status));
}

void write_info(TextWriter& out, const Cases& all, const Inventory& inventory,
                const Privacy& privacy) {
  out.begin(MetricId::peer_info);
  const std::string_view name = metric_info(MetricId::peer_info).name;
  std::string lines;
  lines.reserve(all.labels.size() + all.cases.size() * 160);
  for (const Case& c : all.cases) {
    lines += name;
    lines.append(all.labels, c.offset, c.length - kLabelsEnd);
    add_identity(lines, c, inventory, privacy);
    lines += "\"} 1\n";
  }
  if (lines.empty()) return;
  out.raw(lines.size(), [&](char* p) { return copy(p, lines.data(), lines.size()); });
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

void write_peers(TextWriter& out, const ShownDevices& devices, const View& view, bool details,
                 const Privacy& privacy) {
  const Cases all = collect(devices, view.gateway);
  write_info(out, all, *view.inventory, privacy);
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
  if (details) write_details(out, all);
}

}  // namespace wgaudit
