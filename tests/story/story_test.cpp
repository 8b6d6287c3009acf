// Generated histories of a gateway × moments at which the program dies: what its log says,
// replayed, is what was observed; nothing is lost, doubled or made up.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

#include "tests/story/gateway.hpp"
#include "tests/story/process.hpp"
#include "tests/story/replay.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

using namespace std::chrono_literals;

struct Figures {
  std::uint64_t events = 0, deaths = 0, torn_lines = 0, removals = 0;
};

class Story {
 public:
  inline static Figures figures;  // of all that were told

  explicit Story(unsigned seed)
      : random_(seed),
        gateway_(random_),
        process_(directory_.path()),
        inventory_(gateway_.next_inventory()) {}

  void run() {
    start();
    for (int i = 0; i < kPolls && !testing::Test::HasFatalFailure(); ++i) turn();
    settle();
    if (!testing::Test::HasFatalFailure()) check();
  }

 private:
  static constexpr int kPolls = 120;

  bool one_in(unsigned times) { return random_() % times == 0; }

  JudgeContext context() const {
    InventoryHealth health;
    health.configured = true;
    return make_context("gw1", inventory_, health, std::make_shared<const RuleSettings>());
  }

  void start() { process_.start(now_, context()); }

  void wait(Duration time) {
    now_.boot += time;
    now_.wall += time;
  }

  // Keys that were away from some interface of a namespace, if only for a moment.
  void note_absences() {
    for (const auto& [id, interface] : gateway_.interfaces) {
      for (const auto& [name, peer] : interface.peers) known_[id].insert(name);
    }
    for (const auto& [id, names] : known_) {
      const auto interface = gateway_.interfaces.find(id);
      for (const std::string& name : names) {
        const bool there =
            interface != gateway_.interfaces.end() && interface->second.peers.contains(name);
        if (!there) absent_.insert(id.first + ' ' + to_string(key(name)));
      }
    }
  }

  // One poll with all that can happen before, in and after it.
  void turn() {
    gateway_.change(now_);
    note_absences();
    if (one_in(30)) inventory_ = gateway_.next_inventory();
    if (one_in(40)) now_.wall += one_in(2) ? 1h : -1h;
    if (one_in(20)) full_ = !full_;
    StoryProcess::fill_disk(full_);
    const Death death = one_in(8) ? static_cast<Death>(1 + random_() % 5) : Death::none;
    const View view = process_.poll(gateway_.observe(now_, false), context(), now_, death);
    counters_never_fall();
    if (process_.alive() && one_in(6)) process_.write_learned(now_);
    wait(5s);
    if (process_.alive() && !one_in(60)) return;
    process_.die();
    ++figures.deaths;
    StoryProcess::fill_disk(full_ = false);
    wait(std::chrono::seconds{random_() % 300});
    if (one_in(5)) reboot();
    start();
  }

  void reboot() {
    gateway_.reboot();
    now_.boot = BootTime{30s};
    now_.boot_id += '+';
  }

  // Of one peer, from its peer-added on, over every death.
  void counters_never_fall() {
    for (const auto& [id, device] : process_.memory().devices) {
      for (const PeerMemory& peer : device.peers) {
        if (!peer.is_told) continue;
        auto& before = counters_[{peer.public_key, peer.told.added_sequence, id}];
        const std::pair now{peer.told.sessions, peer.told.endpoint_changes};
        EXPECT_TRUE(now.first >= before.first && now.second >= before.second);
        before = now;
      }
    }
  }

  // The world stands still until every absence is believed, and all is delivered.
  void settle() {
    StoryProcess::fill_disk(false);
    for (int i = 0; i < 20; ++i) {
      last_ = gateway_.observe(now_, true);
      view_ = process_.poll(last_, context(), now_, Death::none);
      wait(5s);
    }
  }

  void check() {
    const Replay told = replay(process_.segments());
    EXPECT_TRUE(told.problems.empty()) << told.problems.front();
    EXPECT_EQ(told.last_sequence, process_.memory().program.sequence);
    EXPECT_GT(process_.committed, 20U) << "too little happened";
    EXPECT_TRUE(std::ranges::includes(absent_, told.removed_keys)) << "a false removal";
    check_peers(told);
    check_findings(told);
    check_sessions(told);
    figures.events += told.last_sequence;
    figures.torn_lines += told.torn_lines;
    figures.removals += told.removed_keys.size();
  }

  void check_peers(const Replay& told) {
    std::map<std::pair<std::string, std::string>, ReplayedInterface> want;
    for (const Device& device : last_.devices) {
      for (const Peer& peer : device.peers) {
        ReplayedPeer& of = want[{device.netns, device.name}][to_string(peer.public_key)];
        for (const Cidr& prefix : device.prefixes_of(peer))
          of.allowed_ips.insert(to_string(prefix));
        of.preshared_key = peer.preshared_key == PresharedKey::present;
        of.keepalive = peer.persistent_keepalive_seconds;
      }
    }
    EXPECT_TRUE(told.interfaces == want);
    for (const auto& [place, peers] : want) {
      const auto found = told.interfaces.find(place);
      EXPECT_TRUE(found != told.interfaces.end() && found->second == peers)
          << place.first << ':' << place.second;
    }
    EXPECT_EQ(told.interfaces.size(), want.size());
  }

  void check_findings(const Replay& told) {
    std::multiset<std::string> want, got;
    for (const Finding& finding : view_.findings) {
      if (finding.accepted) continue;
      const FindingIdentity& id = finding.identity;
      want.insert(std::string(rule_info(id.rule).name) + '|' + id.netns + '|' + id.interface + '|' +
                  (id.public_key ? to_string(*id.public_key) : "") + '|' + id.subject);
    }
    for (const auto& [id, what] : told.findings) got.insert(what);
    EXPECT_EQ(got, want);
  }

  void check_sessions(const Replay& told) {
    std::multiset<std::string> up, running;
    for (const auto& [id, device] : process_.memory().devices) {
      for (const PeerMemory& peer : device.peers) {
        if (!peer.session_up() || peer.told.session->start_unknown) continue;
        if (peer.told.session->announced) up.insert(to_string(peer.public_key));
      }
    }
    for (const auto& [id, key] : told.sessions) running.insert(key);
    EXPECT_EQ(running, up);
  }

  std::mt19937 random_;
  TempDir directory_;
  StoryGateway gateway_;
  StoryProcess process_;
  std::shared_ptr<const Inventory> inventory_;
  Now now_{wall("2026-11-01T12:00:00Z"), BootTime{100h}, "boot"};
  bool full_ = false;
  Observation last_;
  View view_;
  std::map<DeviceId, std::set<std::string>> known_;
  std::set<std::string> absent_;
  std::map<std::tuple<Key, std::uint64_t, DeviceId>, std::pair<std::uint64_t, std::uint64_t>>
      counters_;
};

class Stories : public testing::TestWithParam<unsigned> {};

TEST_P(Stories, TheLogReplaysToWhatWasObserved) {
  constexpr unsigned kSeeds = 4;
  for (unsigned seed = GetParam() * kSeeds; seed < (GetParam() + 1) * kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Story(seed).run();
    if (HasFailure()) return;
  }
  // Without these the stories prove little.
  const Figures& figures = Story::figures;
  std::printf("%llu events, %llu deaths, %llu torn lines, %llu keys removed\n",
              static_cast<unsigned long long>(figures.events),
              static_cast<unsigned long long>(figures.deaths),
              static_cast<unsigned long long>(figures.torn_lines),
              static_cast<unsigned long long>(figures.removals));
  EXPECT_GT(figures.events, 100 * kSeeds);
  EXPECT_GT(figures.deaths, 5 * kSeeds);
  EXPECT_GT(figures.torn_lines, kSeeds / 4);
  EXPECT_GT(figures.removals, kSeeds);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Stories, testing::Range(0U, 8U));

}  // namespace
}  // namespace wgaudit::test
