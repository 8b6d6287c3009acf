// The largest commit there is: 10,000 peers that all changed, with an event each. Then what is
// learned of them, and opening a database with 100,000 events.
//
// usage: bench_store_commit [DIRECTORY]. Exits 1 over 0.5 s for the commit; run it from a release
// build, on the disk in question.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "exporter/store/store.hpp"
#include "tests/bench/session_event.hpp"

namespace {

using namespace wgaudit;
using bench::add_session_event;
using bench::numbered_key;
using std::chrono::seconds;

constexpr std::uint32_t kPeers = 10'000;
const DeviceId kDevice{"", "wg0"};

Now at(int second) {
  const Duration since = seconds(second);
  return {WallTime{seconds(1'800'000'000) + since}, BootTime{since}, "boot"};
}

// Every peer begins a session.
Step large_step(const Memory& memory, const Now& now) {
  Step step;
  step.delta.program = memory.program;
  step.delta.program.boot_id = now.boot_id;
  Delta::DeviceChange change;
  change.id = kDevice;
  if (memory.devices.empty()) change.told = DeviceTold{};
  auto last = std::make_shared<Device>();
  last->name = kDevice.second;
  for (std::uint32_t i = 0; i < kPeers; ++i) {
    PeerMemory peer;
    peer.public_key = numbered_key(i);
    peer.told.prefixes = {*parse_cidr("10.10.0.2/32"), *parse_cidr("fd00::2/128")};
    peer.told.endpoint = *parse_endpoint("198.51.100.7:51820");
    peer.told.session = SessionMemory{i + 1, now.wall, false, true};
    peer.told.sessions = static_cast<std::uint64_t>(now.boot.time_since_epoch().count());
    peer.learned.last_handshake = peer.learned.raw_handshake = now.wall;
    change.changed.push_back({peer, true});
    Peer& shown = last->peers.emplace_back();
    shown.public_key = peer.public_key;
    shown.received_bytes = step.delta.program.sequence;
    add_session_event(step, peer.public_key, now);
  }
  std::ranges::sort(change.changed, {}, [](const auto& c) { return c.peer.public_key; });
  std::ranges::sort(last->peers, {}, &Peer::public_key);
  change.last = std::move(last);
  step.delta.devices.push_back(std::move(change));
  return step;
}

template <typename Work>
double seconds_of(const char* what, Work work) {
  const auto begin = std::chrono::steady_clock::now();
  const bool done = work();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%-52s %7.3f s\n", what, took.count());
  if (!done) {
    std::printf("it failed\n");
    std::exit(2);
  }
  return took.count();
}

// A handshake of each peer, and bytes.
void learn(Memory& memory) {
  DeviceMemory& device = memory.devices.at(kDevice);
  auto last = std::make_shared<Device>(*device.last);
  for (Peer& peer : last->peers) peer.sent_bytes += 1000;
  for (PeerMemory& peer : device.peers) peer.learned.last_handshake += seconds(120);
  device.last = std::move(last);
}

double run(const std::string& directory) {
  auto store = std::make_unique<Store>(directory);
  auto opened = store->open(std::nullopt, at(0));
  if (!opened) {
    std::printf("%s\n", opened.error().error.message().c_str());
    std::exit(2);
  }
  Memory memory = std::move(opened->memory);
  double slowest = 0;
  for (int i = 1; i <= 10; ++i) {
    Step step = large_step(memory, at(i));
    slowest = std::max(slowest, seconds_of("commit: 10,000 peers changed, 10,000 events",
                                           [&] { return store->commit(step, at(i)); }));
    memory.apply(std::move(step.delta));
  }
  std::printf("%-52s %7.1f MB\n", "on disk, with 100,000 events",
              static_cast<double>(store->status().size_bytes) / 1e6);
  learn(memory);
  seconds_of("learned, one part of 60",
             [&] { return store->write_learned(memory, 3, 60, at(11)); });
  seconds_of("learned, all at once", [&] { return store->write_learned(memory, 0, 1, at(12)); });
  seconds_of("learned, nothing new", [&] { return store->write_learned(memory, 0, 1, at(13)); });
  seconds_of("advance of a sink", [&] { return store->advance("file", 100); });
  seconds_of("read_after, 1,000 events",
             [&] { return store->read_after(50'000, 1000).has_value(); });
  store.reset();
  store = std::make_unique<Store>(directory);
  seconds_of("open, 10,000 peers and 100,000 events",
             [&] { return store->open(std::nullopt, at(14)).has_value(); });
  store.reset();
  store = std::make_unique<Store>(directory);
  seconds_of("open, in another boot", [&] {
    Now now = at(15);
    now.boot_id = "another boot";
    return store->open(std::nullopt, now).has_value();
  });
  return slowest;
}

}  // namespace

int main(int argc, char** argv) {
  std::string parent = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
  std::string directory = parent + "/wgaudit-bench-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return 2;
  const double slowest = run(directory);
  std::filesystem::remove_all(directory);
  return slowest < 0.5 ? 0 : 1;
}
