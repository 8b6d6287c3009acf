#include "tests/pages/example.hpp"

#include <algorithm>
#include <cstring>
#include <regex>

#include "exporter/version/version.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;

Finding finding(RuleId rule, const Key& of_peer, std::string principal, std::string detail,
                std::string subject = "") {
  Finding found;
  found.identity = {rule, "", "wg0", of_peer, std::move(subject)};
  found.severity = rule_info(rule).severity;
  found.principal = std::move(principal);
  found.since = kNow - hours{2};
  found.detail = std::move(detail);
  return found;
}

// key() seeds a generator of 2.5 kB for each.
Key crowd_key(std::uint64_t number) {
  Key made;
  for (std::size_t i = 0; i < made.bytes.size(); i += sizeof number) {
    const std::uint64_t word = (number + 1) * (0x9e3779b97f4a7c15ULL + 2 * i);
    std::memcpy(made.bytes.data() + i, &word, sizeof word);
  }
  return made;
}

DeliveryHealth delivery() {
  DeliveryHealth health;
  health.state_up = true;
  health.last_commit = kNow - seconds{4};
  health.size_bytes = 1'400'000;
  health.event_sequence = 1234;
  health.events_lost_total = 0;
  health.sinks = {{.name = "file",
                   .up = true,
                   .why = "",
                   .pending_events = 0,
                   .oldest_pending = {},
                   .delivered_events_total = 1234,
                   .failures_total = 0},
                  {.name = "siem",
                   .up = false,
                   .why = "connection refused",
                   .pending_events = 17,
                   .oldest_pending = kNow - minutes{3},
                   .delivered_events_total = 1217,
                   .failures_total = 5,
                   .dead_events_total = 2},
                  {.name = "archive",
                   .up = true,
                   .why = "",
                   .pending_events = 1234,
                   .oldest_pending = {},
                   .delivered_events_total = 0,
                   .failures_total = 0,
                   .dead_events_total = 0,
                   .paused = true}};
  return health;
}

SessionRecord session(std::uint64_t number, bool ended) {
  SessionRecord record;
  record.number = number;
  record.device = {"", "wg0"};
  record.public_key = key("alice");
  record.principal = "alice";
  record.started = kNow - hours{30} + hours{number};
  if (ended) record.ended = record.started + minutes{50};
  if (ended) record.end_reason = "no_handshake";
  record.endpoint = *parse_endpoint("192.0.2.1:1234");
  record.received_bytes = 5'000'000 * number;
  record.sent_bytes = 20 * number;
  return record;
}

// Three sessions, where the last one runs, and what they tell.
HistoryAnswer past(const HistoryRequest& request) {
  HistoryAnswer answer;
  answer.installation = "0123456789abcdef0123456789abcdef";
  answer.extent.complete_since = kNow - hours{24 * 90};
  if (request.sessions) answer.sessions = {session(3, false), session(2, true), session(1, true)};
  if (request.endpoints) {
    const EndpointRecord at{3, *parse_address("192.0.2.1"), kNow - hours{27}, {}};
    answer.endpoints = {{at, {"", "wg0"}, key("alice"), "alice"}};
  }
  if (request.findings) {
    FindingRecord record{
        finding(RuleId::stale_handshake, key("alice"), "alice", "no handshake for 9m"),
        kNow - hours{1}, "cause_gone"};
    answer.findings = {record};
  }
  if (request.events) {
    Event event = make_event(Action::session_started, kNow - hours{27});
    event.sequence = 42;
    event.interface = "wg0";
    event.public_key = key("alice");
    event.facts = {{Field::principal_name, std::string("alice")}};
    answer.events = {event, event};
    answer.events[1].sequence = 41;
  }
  return answer;
}

PageSource source() {
  return {.now = [] { return kNow + seconds{3}; },
          .delivery = delivery,
          .history = [](const HistoryRequest& request) -> std::expected<HistoryAnswer, Error> {
            return past(request);
          },
          .origin = {"gw1", "gw1.example.org", "", "0.0.0"}};
}

std::shared_ptr<Inventory> example_inventory() {
  auto made = std::make_shared<Inventory>();
  made->path = "/etc/wgaudit/inventory.json";
  made->sha256 = std::string(64, 'a');
  made->roles = {{"laptop", {}}};
  Record alice = record("alice", "alice"), eve = record("eve", kHostile);
  alice.kind = Kind::device;
  alice.device = "alice-mbp";
  alice.role = 0;
  alice.owner = "it@example.org";
  alice.tags = {{"team", "sre"}};
  alice.at = {*parse_place("gw1/wg0")};
  alice.allowed_ips = {cidr("10.0.0.2/32"), cidr("10.0.9.9/32")};
  alice.allowed_ips_max = {cidr("10.1.0.0/16")};
  alice.issued_at = kNow - hours{24 * 40};
  alice.posture = {true, kNow - hours{1}};
  eve.status = Status::revoked;
  eve.exceptions = {{"dormant_key", "vendor appliance", kNow + hours{24 * 90}}};
  made->records = {alice, eve, record("long", std::string(300, 'x')), record("rtl", kRightToLeft)};
  made->build_index();
  return made;
}

Device example_device() {
  return device("wg0", {{.name = "alice",
                         .allowed_ips = {"10.0.0.2/32", "10.1.2.0/24", "10.7.0.0/16"},
                         .last_handshake = kNow - seconds{95},
                         .endpoint = "192.0.2.1:1234",
                         .received_bytes = 1'500'000,
                         .sent_bytes = 12,
                         .preshared_key = true,
                         .keepalive = 25},
                        {.name = "eve",
                         .allowed_ips = {"10.0.9.9/32"},
                         .last_handshake = kNow - hours{50},
                         .endpoint = "[2001:db8::9]:99",
                         .received_bytes = 7'000},
                        {.name = "long"},
                        {.name = "mallory", .allowed_ips = {"10.0.0.3/32"}},
                        {.name = "rtl"}});
}

View base(std::shared_ptr<Inventory> inventory) {
  View view;
  view.poll = 7;
  view.taken.wall = kNow;
  view.gateway = "gw1";
  view.inventory = std::move(inventory);
  view.inventory_health = {.configured = true,
                           .last_success = kNow - hours{5},
                           .problems = {},
                           .gateway_known = true,
                           .rejected = {}};
  view.rule_settings = std::make_shared<const RuleSettings>();
  SourceHealth netlink;
  netlink.last.duration = std::chrono::microseconds{1234};
  netlink.last_success = kNow;
  view.sources = {netlink};
  return view;
}

JudgedDevice judged(const Inventory& inventory, Device device) {
  JudgedDevice result{std::make_shared<const Device>(std::move(device)), {}, true};
  for (const Peer& peer : result.device->peers) {
    const bool up = peer.has_handshake() && kNow - peer.last_handshake < minutes{3};
    result.peers.push_back({inventory.find(peer.public_key), kNow - hours{100}, up, 3, 1});
  }
  return result;
}

}  // namespace

Page Example::get(std::string_view target) const {
  const auto page = page_for(target.substr(0, target.find('?')),
                             {view.get(), &source, "/metrics", Query::of_target(target)});
  return page.value_or(Page{.status = 404, .body = {}});
}

Example example() {
  const auto inventory = example_inventory();
  auto view = std::make_shared<View>(base(inventory));
  Device lone = device("w\"<g\xff", {}, {}, "blue");
  lone.implementation = Implementation::userspace;
  view->devices = {judged(*inventory, example_device()), judged(*inventory, std::move(lone))};
  view->findings = {
      finding(RuleId::unknown_key, key("mallory"), "unknown:" + short_form(key("mallory")),
              "not in the inventory"),
      finding(RuleId::revoked_key, key("eve"), std::string(kHostile), "revoked, still configured"),
      finding(RuleId::allowed_ips_excess, key("alice"), "alice",
              "allowed IP 10.7.0.0/16 is not granted by the record", "10.7.0.0/16"),
      finding(RuleId::dormant_key, key("eve"), std::string(kHostile), "no handshake for 50h")};
  view->findings.back().accepted = true;
  std::ranges::sort(view->findings, {}, &Finding::identity);
  return {std::move(view), source()};
}

Example crowd(std::size_t count) {
  const auto inventory = std::make_shared<Inventory>();
  Device wg0 = device("wg0", {});
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < count; ++i) {
    const Key of_peer = crowd_key(i);
    Record known;
    known.public_key = of_peer;
    known.principal = "user" + std::to_string(i);
    if (i % 10 != 0) {
      inventory->records.push_back(std::move(known));
    } else {
      findings.push_back(finding(RuleId::unknown_key, of_peer, "unknown:" + short_form(of_peer),
                                 "not in the inventory"));
    }
    Peer peer;
    peer.public_key = of_peer;
    peer.received_bytes = i;
    if (i % 3 != 0) peer.last_handshake = kNow - seconds{i};
    peer.prefix_offset = static_cast<std::uint32_t>(i);
    peer.prefix_count = 1;
    wg0.peers.push_back(peer);
    wg0.prefixes.push_back(cidr("10." + std::to_string(i >> 16U) + '.' +
                                std::to_string(i >> 8U & 255U) + '.' + std::to_string(i & 255U) +
                                "/32"));
  }
  normalize(wg0);
  inventory->build_index();
  auto view = std::make_shared<View>(base(inventory));
  view->devices = {judged(*inventory, std::move(wg0))};
  view->findings = std::move(findings);
  std::ranges::sort(view->findings, {}, &Finding::identity);
  return {std::move(view), source()};
}

std::string without_version(std::string page) {
  for (const std::string_view word : {kVersion, kRevision}) {
    for (auto at = page.find(word); at != std::string::npos; at = page.find(word, at)) {
      page.replace(at, word.size(), "VERSION");
      at += 7;
    }
  }
  static const std::regex style("style\\.css\\?v=[0-9a-f]+");
  return std::regex_replace(page, style, "style.css?v=HASH");
}

}  // namespace wgaudit::test
