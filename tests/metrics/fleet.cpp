#include "tests/metrics/fleet.hpp"

#include <utility>

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

Device odd_device() {
  Device odd = device("w\"g\\b{x}",
                      {{.name = "bob",
                        .allowed_ips = {"10.10.0.3/32", "fd00::3/128"},
                        .last_handshake = wall("2026-11-22T22:38:58.175447795Z"),
                        .endpoint = "198.51.100.7:51820",
                        .received_bytes = 9'007'199'254'740'993,
                        .sent_bytes = 18'446'744'073'709'551'615U,
                        .preshared_key = true,
                        .keepalive = 25}},
                      kNow - seconds{30});
  odd.link->up = false;
  odd.link->counters = {1, 2, 3, 4, 5, 6, 7, 8};
  odd.firewall_mark = 51820;
  return odd;
}

// As a userspace implementation shows: no link, here no key either, and a name that is not UTF-8.
Device userspace_device() {
  Device plain = device("w\xffg\xc3\xa9", {{.name = "mallory"}}, kNow, "bl\"ue");
  plain.implementation = Implementation::userspace;
  plain.collector = CollectorKind::uapi;
  plain.link.reset();
  plain.public_key.reset();
  plain.listen_port = 0;
  return plain;
}

std::shared_ptr<Inventory> fleet_inventory() {
  Record alice = record("alice", "alice");
  alice.device = "alice-mbp";
  alice.role = 0;
  alice.issued_at = wall("2026-08-01T00:00:00Z");
  alice.expires_at = wall("2027-08-01T00:00:00.5Z");
  alice.at = {{"gw1", "", "wg0"}, {"gw2", "", "wg9"}};
  Record bob = record("bob", "b\"o\\b\nby");
  bob.kind = Kind::service;
  bob.status = Status::revoked;
  auto result = std::make_shared<Inventory>();
  result->sha256 = std::string(64, 'a');
  result->roles.push_back({"laptop", {}});
  result->gateways.push_back({"gw1", "gw1.example.org:9586", {}, {}});
  result->gateways.push_back({"gw2", "", {}, {}});
  result->records = {alice, bob};
  result->build_index();
  return result;
}

void add_findings(View& view) {
  const auto add = [&](RuleId rule, std::string_view interface, std::optional<Key> key,
                       std::string_view subject, bool accepted) {
    Finding finding;
    finding.identity = {rule, "", std::string(interface), key, std::string(subject)};
    finding.severity = rule_info(rule).severity;
    finding.accepted = accepted;
    view.findings.push_back(finding);
    ++view.opened_total.at(rule, finding.severity);
  };
  add(RuleId::unknown_key, "w\xffg\xc3\xa9", key("mallory"), "", false);
  add(RuleId::revoked_key, "w\"g\\b{x}", key("bob"), "", false);
  add(RuleId::allowed_ips_excess, "wg0", key("alice"), "10.9.0.0/16", true);
  add(RuleId::collector_failing, "", {}, "netlink", false);
  view.findings.back().identity.netns = "gone";
  view.findings.push_back(view.findings.front());  // an unreviewed record opens it at low
  view.findings.back().identity.interface = "wg0";
  view.findings.back().severity = Severity::low;
}

void add_health(View& view) {
  SourceHealth own;
  own.last.duration = std::chrono::microseconds{1250};
  own.last_success = wall("2026-11-22T22:39:00Z");
  own.retries_total = {3, 0, 0, 0, 1};
  SourceHealth gone = own;
  gone.last = {
      .netns = "gone", .status = SourceStatus::failed, .why = "No such file", .retries = {}};
  gone.last_success.reset();
  SourceHealth uapi = own;
  uapi.last.collector = CollectorKind::uapi;
  uapi.last.status = SourceStatus::incomplete;
  uapi.retries_total = {};
  view.sources = {own, gone, uapi};
  view.interfaces = {{CollectorKind::netlink, "", "w\"g\\b{x}", true},
                     {CollectorKind::netlink, "", "wg9", false},
                     {CollectorKind::uapi, "bl\"ue", "w\xffg\xc3\xa9", true}};
}

}  // namespace

View empty_view(std::shared_ptr<Inventory> inventory) {
  View view;
  view.poll = 1;
  view.taken = {wall("2026-11-22T22:39:00Z"), kNow, "boot"};
  view.gateway = "gw1";
  view.inventory = std::move(inventory);
  view.rule_settings = std::make_shared<RuleSettings>();
  return view;
}

void add_device(View& view, Device device) {
  JudgedDevice judged;
  for (const Peer& peer : device.peers) {
    PeerStatus status;
    status.record = view.inventory->find(peer.public_key);
    status.first_seen = wall("2026-11-01T12:00:00.25Z");
    status.session_up = peer.has_handshake();
    status.sessions = peer.has_handshake() ? 3 : 0;
    status.endpoint_changes = peer.endpoint.known() ? 1 : 0;
    judged.peers.push_back(status);
  }
  judged.device = std::make_shared<Device>(std::move(device));
  view.devices.push_back(std::move(judged));
}

View fleet() {
  View view = empty_view(fleet_inventory());
  view.inventory_health.configured = true;
  view.inventory_health.last_success = wall("2026-11-22T20:00:00Z");
  add_device(view, odd_device());
  add_device(
      view, device("wg0", {{.name = "alice", .allowed_ips = {"10.10.0.2/32"}}, {.name = "mallory"}},
                   kNow));
  add_device(view, device("wg9", {{.name = "alice"}}, kNow - seconds{30} - Duration{1}));
  add_device(view, userspace_device());
  add_findings(view);
  add_health(view);
  return view;
}

DeliveryHealth delivery() {
  DeliveryHealth health;
  health.state_up = true;
  health.last_commit = wall("2026-11-22T22:38:58.175Z");
  health.size_bytes = 4'198'400;
  health.event_sequence = 9'007'199'254'740'991;  // the greatest that a double counts to
  health.events_lost_total = 7;
  health.chain_head = {0xffff'ffff'ffff, 0x0123'4567'89ab};
  health.events_total[static_cast<std::size_t>(Action::exporter_started)] = 1;
  health.events_total[static_cast<std::size_t>(Action::peer_added)] = 1'000'000;
  health.events_total[static_cast<std::size_t>(Action::clock_stepped)] = 2;
  health.sinks = {{"file", true, "", 0, {}, 5'000'000'000, 1},
                  {"std\"out", false, "", 12, wall("2026-11-22T22:30:00.000000001Z"), 3, 4}};
  return health;
}

View crowd(std::size_t peers) {
  Device big = device("wg0", {}, kNow);
  std::vector<Record> records;
  for (std::size_t i = 0; i < peers; ++i) {
    Peer peer;
    for (std::size_t byte = 0; byte < Key::kSize; ++byte) {  // test::key() is slow for so many
      peer.public_key.bytes[byte] = static_cast<std::uint8_t>((i >> (byte % 3 * 8)) * (byte + 1));
    }
    std::memcpy(peer.public_key.bytes.data(), &i, sizeof i);
    peer.last_handshake = WallTime{seconds{1'795'365'538}} + Duration{i * 1'000'003};
    peer.received_bytes = i * 7'919'000;
    peer.sent_bytes = i * 104'729'000;
    Record owner;
    owner.public_key = peer.public_key;
    owner.principal = "user" + std::to_string(i) + "@example.org";
    owner.device = "laptop-" + std::to_string(i);
    records.push_back(owner);
    big.peers.push_back(peer);
  }
  normalize(big);
  View view = empty_view(inventory(std::move(records)));
  view.inventory_health.configured = true;
  add_device(view, std::move(big));
  return view;
}

}  // namespace wgaudit::test
