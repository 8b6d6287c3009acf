#include "tests/store/random_step.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "audit/rules.hpp"

namespace wgaudit::test {
namespace {

class Generator {
 public:
  Generator(std::mt19937_64& random, const Memory& memory, const Now& now)
      : random_(random), memory_(memory), step_(quiet_step(memory, now)), now_(now) {}

  Step run() {
    program();
    rename();
    for (int i = 0; i < 4; ++i) device(id(i));
    departed();
    findings();
    sessions();
    keys();
    for (std::uint64_t i = below(4); i > 0; --i) event();
    return std::move(step_);
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  Duration time() { return Duration{static_cast<std::int64_t>(random_() >> 2U)}; }
  template <typename T>
  T number() {
    return static_cast<T>(random_());
  }
  // Any bytes, NUL and invalid UTF-8 among them.
  std::string text() {
    std::string text;
    for (std::uint64_t i = below(12); i > 0; --i) text += number<char>();
    return text;
  }
  static DeviceId id(int i) {
    const std::string names[] = {"wg0", "wg1", "w\xff\"'", "wg\n2"};
    return {i % 2 == 0 ? "" : "bl\xfeue", names[i]};
  }
  Key peer_key() { return key("peer " + std::to_string(below(12))); }
  Endpoint endpoint() {
    if (one_in(4)) return {};
    Endpoint endpoint = *parse_endpoint(one_in(2) ? "192.0.2.1:1" : "[2001:db8::1]:1");
    endpoint.port = number<std::uint16_t>();
    endpoint.scope_id = number<std::uint32_t>();
    return endpoint;
  }

  void program() {
    ProgramTold& program = step_.delta.program;
    program.baseline = one_in(2);
    program.clean_stop = one_in(2);
    program.session_number = random_();
    program.inventory_sha256 = text();
    program.inventory_rejected = text();
    program.heartbeat_at = BootTime{time()};
    program.snapshot_slot = number<std::uint32_t>();
    program.clock_offset = time();
    step_.delta.clock_stepped = true;
  }

  void rename() {
    const DeviceId from = id(static_cast<int>(below(4))), to = id(static_cast<int>(below(4)));
    const auto found = memory_.devices.find(from);
    if (!one_in(4) || found == memory_.devices.end() || memory_.devices.contains(to)) return;
    if (!found->second.is_told) return;
    step_.delta.renamed.emplace_back(from, to);
    renamed_ = {from, to};
  }

  PeerTold told() {
    PeerTold told;
    told.preshared_key = one_in(2) ? PresharedKey::present : PresharedKey::absent;
    told.persistent_keepalive_seconds = number<std::uint16_t>();
    told.endpoint = endpoint();
    for (const char* prefix : {"0.0.0.0/0", "10.1.0.0/16", "10.1.2.3/32", "fd00::/8"}) {
      if (one_in(2)) told.prefixes.push_back(cidr(prefix));
    }
    if (one_in(2)) {
      told.session = SessionMemory{random_(), WallTime{time()}, one_in(2), one_in(2)};
    }
    told.sessions = random_();
    told.endpoint_changes = random_();
    told.added_sequence = random_();
    told.session_throttle = {BootTime{time()}};
    told.endpoint_throttle = {BootTime{-time()}};
    told.suppressed = {number<std::uint32_t>(), number<std::uint32_t>(), number<std::uint32_t>(),
                       WallTime{time()},        WallTime{time()},        BootTime{time()}};
    return told;
  }
  PeerLearned learned() {
    return {WallTime{time()}, BootTime{-time()}, WallTime{-time()}, BootTime{-time()},
            WallTime{time()}, random_(),         random_(),         time()};
  }

  // The memory that it begins with, under its new name.
  const DeviceMemory* known(const DeviceId& id) {
    const auto found =
        memory_.devices.find(renamed_ && id == renamed_->second ? renamed_->first : id);
    return found == memory_.devices.end() ? nullptr : &found->second;
  }

  void device(const DeviceId& id) {
    if (renamed_ && id == renamed_->first) return;
    const DeviceMemory* before = known(id);
    if (before != nullptr && one_in(6)) {
      step_.delta.removed_devices.push_back(id);
      if (one_in(2)) return;
      before = nullptr;  // another one has its name
    } else if (one_in(3)) {
      return;
    }
    Delta::DeviceChange change;
    change.id = id;
    if (before == nullptr || !before->is_told || one_in(3)) change.told = device_told();
    peers(before, change);
    step_.delta.devices.push_back(std::move(change));
  }

  DeviceTold device_told() {
    DeviceTold told;
    told.collector = static_cast<CollectorKind>(below(kCollectorKinds));
    told.implementation = static_cast<Implementation>(below(3));
    told.netns_device = random_();
    told.netns_inode = random_();
    if (one_in(2)) told.link_index = number<std::uint32_t>();
    if (one_in(2)) told.public_key = key(text());
    told.listen_port = number<std::uint16_t>();
    told.firewall_mark = number<std::uint32_t>();
    return told;
  }

  void peers(const DeviceMemory* before, Delta::DeviceChange& change) {
    std::map<Key, PeerMemory> all;
    if (before != nullptr) {
      for (const PeerMemory& peer : before->peers) all[peer.public_key] = peer;
    }
    std::set<Key> removed, touched, shown;
    for (const auto& [key, peer] : all) shown.insert(key);
    for (std::uint64_t i = below(8); i > 0; --i) {
      const Key key = peer_key();
      if (!touched.insert(key).second) continue;
      if (all.contains(key) && one_in(4)) {
        removed.insert(key);
        all.erase(key);
        continue;
      }
      PeerMemory& peer = all[key];
      peer.public_key = key;
      shown.insert(key);
      const bool tells = one_in(2);
      if (tells) peer.told = told();
      peer.learned = learned();
      peer.traffic = {std::ldexp(number<std::int32_t>(), -20),
                      std::ldexp(number<std::uint32_t>(), -9), 1 + number<std::uint32_t>() / 2};
      change.changed.push_back({peer, tells});
    }
    std::ranges::sort(change.changed, {}, [](const auto& c) { return c.peer.public_key; });
    change.removed.assign(removed.begin(), removed.end());
    auto last = std::make_shared<Device>();
    std::tie(last->netns, last->name) = change.id;
    for (const Key& key : shown) {
      Peer peer;
      peer.public_key = key;
      peer.received_bytes = random_();
      peer.sent_bytes = random_();
      last->peers.push_back(peer);
    }
    change.last = std::move(last);
  }

  void departed() {
    for (const auto& [id, departed] : memory_.departed) {
      if (one_in(4)) step_.delta.returned.push_back(id);
    }
    if (!one_in(2)) return;
    step_.delta.departed.push_back(
        {{id(static_cast<int>(below(4))), peer_key()}, {WallTime{time()}, BootTime{-time()}}});
  }

  void findings() {
    std::map<FindingIdentity, Finding> open;
    for (const Finding& finding : memory_.findings) {
      if (one_in(4)) {
        step_.delta.findings_closed.push_back({finding.identity, WallTime{time()}, text()});
      } else {
        open[finding.identity] = finding;
      }
    }
    for (std::uint64_t i = below(3); i > 0; --i) {
      const auto& rule = rules()[below(rules().size())];
      const auto [netns, name] = id(static_cast<int>(below(4)));
      FindingIdentity identity{rule.id, netns, name, {}, one_in(2) ? "" : text()};
      if (one_in(2)) identity.public_key = peer_key();
      const Finding finding{identity,
                            static_cast<Severity>(1 + below(kSeverities)),
                            text(),
                            WallTime{time()},
                            text(),
                            one_in(2),
                            static_cast<std::uint32_t>(1 + below(5))};
      const bool closed = std::ranges::any_of(
          step_.delta.findings_closed,
          [&](const ClosedFinding& other) { return other.identity == identity; });
      if (closed) continue;
      open[identity] = finding;
      std::erase_if(step_.delta.findings_changed,
                    [&](const Finding& other) { return other.identity == identity; });
      step_.delta.findings_changed.push_back(finding);
    }
    step_.delta.findings.clear();
    for (auto& [identity, finding] : open) step_.delta.findings.push_back(std::move(finding));
  }

  void sessions() {
    for (std::uint64_t number = 1; number < 20; ++number) {
      if (!one_in(8)) continue;
      SessionRecord session;
      session.number = number;
      session.device = id(static_cast<int>(below(4)));
      session.public_key = peer_key();
      session.principal = text();
      session.started = WallTime{time()};
      session.start_unknown = one_in(2);
      if (one_in(2)) session.ended = WallTime{time()};
      session.end_reason = text();
      session.endpoint = endpoint();
      session.received_bytes = random_();
      session.sent_bytes = random_();
      session.unobserved = time();
      step_.delta.sessions.push_back(std::move(session));
      endpoints(number);
    }
  }

  void endpoints(std::uint64_t session) {
    for (std::uint64_t i = below(3); i > 0; --i) {
      const Address address =
          parse_endpoint(one_in(2) ? "192.0.2.1:1" : "[2001:db8::1]:1")->address;
      const std::optional<WallTime> last =
          one_in(2) ? std::optional(WallTime{time()}) : std::nullopt;
      step_.delta.endpoints.push_back({session, address, WallTime{time()}, last});
    }
  }

  void keys() {
    for (std::uint64_t i = below(5); i > 0; --i) {
      KeyRecord key;
      key.device = id(static_cast<int>(below(4)));
      key.public_key = peer_key();
      key.principal = text();
      key.first_seen = WallTime{time()};
      if (one_in(2)) key.added = WallTime{time()};
      if (one_in(3)) key.last_seen = key.removed = WallTime{time()};
      step_.delta.keys.push_back(std::move(key));
    }
    for (std::uint64_t i = below(3); i > 0; --i) {
      step_.delta.key_owners.push_back({id(static_cast<int>(below(4))), peer_key(), text()});
    }
  }

  void event() {
    Event& event = add_event(step_, now_, text());
    event.action = static_cast<Action>(below(kActions));
    event.kind = static_cast<EventKind>(below(3));
    event.severity = static_cast<Severity>(1 + below(kSeverities));
    event.netns = text();
    event.interface = text();
    if (one_in(2)) event.public_key.reset();
    if (one_in(2)) event.observed_after.reset();
  }

  std::mt19937_64& random_;
  const Memory& memory_;
  Step step_;
  const Now& now_;
  std::optional<std::pair<DeviceId, DeviceId>> renamed_;
};

}  // namespace

Step random_step(std::mt19937_64& random, const Memory& memory, const Now& now) {
  return Generator(random, memory, now).run();
}

}  // namespace wgaudit::test
