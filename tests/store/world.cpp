#include "tests/store/world.hpp"

#include <algorithm>
#include <filesystem>

namespace wgaudit::test {

using std::chrono::hours;
using std::chrono::seconds;

Now at(Duration since, std::string boot_id) {
  return {wall("2026-08-01T00:00:00Z") + since, boot(hours(10) + since), std::move(boot_id)};
}

Step quiet_step(const Memory& memory, const Now& now) {
  Step step;
  step.delta.program = memory.program;
  step.delta.program.boot_id = now.boot_id;
  step.delta.findings = memory.findings;
  return step;
}

Event& add_event(Step& step, const Now& now, std::string_view detail) {
  Event event = make_event(Action::peer_added, now.wall);
  event.sequence = ++step.delta.program.sequence;
  event.observed_after = now.wall - seconds(5);
  event.interface = "wg0";
  event.public_key = key("alice");
  event.facts = {{Field::peer_allowed_ips, std::vector<std::string>{"10.0.0.1/32"}},
                 {Field::finding_detail, std::string(detail)}};
  return step.events.emplace_back(std::move(event));
}

Step events_step(const Memory& memory, std::size_t count, const Now& now) {
  Step step = quiet_step(memory, now);
  for (std::size_t i = 0; i < count; ++i) add_event(step, now);
  return step;
}

PeerMemory full_peer(std::string_view name) {
  PeerMemory peer;
  peer.public_key = key(name);
  peer.told = {.preshared_key = PresharedKey::present,
               .persistent_keepalive_seconds = 25,
               .endpoint = *parse_endpoint("[fe80::1%3]:51820"),
               .prefixes = {cidr("10.0.0.1/32"), cidr("fd00::/64"), cidr("::/0")},
               .session = SessionMemory{7, wall("2026-07-31T12:00:00Z"), true, true},
               .sessions = 8,
               .endpoint_changes = 9,
               .added_sequence = 10,
               .session_throttle = {boot(seconds(11))},
               .endpoint_throttle = {boot(seconds(12))},
               .suppressed = {13, 14, 15, wall("2026-07-31T12:00:01Z"),
                              wall("2026-07-31T12:00:02Z"), boot(seconds(16))}};
  peer.learned = {.first_seen = wall("2026-07-01T00:00:00Z"),
                  .last_handshake = wall("2026-07-31T23:59:00.000000001Z"),
                  .last_handshake_boot = boot(seconds(-17)),
                  .raw_handshake = wall("2026-07-31T23:58:00Z"),
                  .session_received_base = ~std::uint64_t{0},
                  .session_sent_base = 19,
                  .session_unobserved = seconds(20)};
  peer.traffic = {17.25, 2, 10'000};
  return peer;
}

Step device_step(const Memory& memory, const DeviceId& id, const std::vector<std::string>& peers,
                 const Now& now) {
  Step step = quiet_step(memory, now);
  add_event(step, now);
  Delta::DeviceChange& change = step.delta.devices.emplace_back();
  change.id = id;
  change.told = DeviceTold{
      CollectorKind::uapi, Implementation::userspace, 1, 2, 3, key("device"), 51820, 0xffffffff};
  std::vector<PeerSpec> specs;
  for (const auto& name : peers) {
    specs.push_back({.name = name, .received_bytes = 21, .sent_bytes = 22});
    change.changed.push_back({full_peer(name), true});
  }
  std::ranges::sort(change.changed, {}, [](const auto& c) { return c.peer.public_key; });
  change.last = std::make_shared<Device>(device(id.second, specs, now.boot, id.first));
  return step;
}

SessionRecord full_session(std::uint64_t number, std::string_view name, std::string principal) {
  return {.number = number,
          .device = {"blue", "wg0"},
          .public_key = key(name),
          .principal = std::move(principal),
          .started = at(hours(number)).wall,
          .start_unknown = false,
          .ended = at(hours(number + 1)).wall,
          .end_reason = "timeout",
          .endpoint = *parse_endpoint("192.0.2.1:4242"),
          .received_bytes = 1,
          .sent_bytes = 2,
          .unobserved = seconds(3)};
}

Stored stored(const Memory& memory) {
  Stored all{{}, memory.departed, memory.findings, memory.program};
  for (const auto& [id, device] : memory.devices) {
    if (!device.is_told) continue;
    StoredDevice& kept = all.devices[id];
    kept.told = device.told;
    for (const PeerMemory& peer : device.peers) {
      if (!peer.is_told) continue;
      const Peer* now = device.last->find(peer.public_key);
      kept.peers[peer.public_key] = {peer.told, peer.learned, peer.traffic,
                                     now ? now->received_bytes : 0, now ? now->sent_bytes : 0};
    }
  }
  return all;
}

Store::Opened StoreWorld::open(const Now& now, const std::optional<WrittenTail>& tail) {
  auto opened = store->open(tail, now);
  EXPECT_TRUE(opened) << opened.error().error.message();
  if (!opened) return {};
  memory = opened->memory;
  return *std::move(opened);
}
Store::Opened StoreWorld::restart(const Now& now, const std::optional<WrittenTail>& tail) {
  store.reset();
  store = std::make_unique<Store>(directory, limits);
  return open(now, tail);
}
bool StoreWorld::commit(Step step, const Now& now) {
  const bool committed = store->commit(step, now);
  if (committed) {
    memory.apply(std::move(step.delta));
  } else {
    memory.learn(std::move(step.delta));
  }
  return committed;
}
std::string StoreWorld::path(std::string_view name) const {
  return directory + "/" + std::string(name);
}
std::string StoreWorld::installation() const { return store->read_after(0, 1)->installation; }
std::vector<Event> StoreWorld::events() const {
  std::vector<Event> all;
  while (true) {
    const std::uint64_t last = all.empty() ? 0 : all.back().sequence;
    const auto batch = store->read_after(last, 1000);
    EXPECT_TRUE(batch) << batch.error().message();
    if (!batch || batch->events.empty()) return all;
    all.insert(all.end(), batch->events.begin(), batch->events.end());
  }
}
std::vector<std::string> StoreWorld::files(std::string_view prefix) const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with(prefix)) names.push_back(std::move(name));
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace wgaudit::test
