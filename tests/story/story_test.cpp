// Generated histories of a gateway × moments at which the program dies: what its log says,
// replayed, is what was observed; nothing is lost, doubled, told too early or made up.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "exporter/codec/event_ids.hpp"
#include "exporter/store/reader.hpp"
#include "tests/story/absences.hpp"
#include "tests/story/gateway.hpp"
#include "tests/story/process.hpp"
#include "tests/story/replay.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/event_recorder.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

using namespace std::chrono_literals;

struct Figures {
  std::uint64_t events = 0, torn_lines = 0, reboots = 0, stops = 0;
  std::uint64_t breaks = 0, repeats = 0, installations = 0;  // the first of each story apart
  std::array<std::uint64_t, kDeaths> deaths{};
  StoryProcess::Counts store;
  std::map<std::string, std::uint64_t> actions;

  void print() const {
    std::printf("%lu events, %lu torn lines; %lu stops, %lu reboots, deaths", events, torn_lines,
                stops, reboots);
    for (std::size_t i = 1; i < kDeaths; ++i) std::printf(" %lu", deaths[i]);
    std::printf("; commits: %lu in time, %lu late, %lu failed; %lu times not to be opened\n",
                store.commits, store.late_commits, store.failed_commits, store.failed_opens);
    std::printf(
        "%lu failed syncs, %lu power losses, %lu breaks of the chain, %lu events again; "
        "%lu times other state, %lu databases moved aside, %lu baselines more\n",
        store.failed_syncs, store.power_losses, breaks, repeats, store.meddled, store.replaced,
        installations);
  }
};

class Story {
 public:
  Story(unsigned seed, Figures& figures)
      : seed_(seed),
        figures_(figures),
        random_(seed),
        gateway_(random_),
        process_(directory_.path(), random_),
        inventory_(gateway_.next_inventory(now_.wall)) {
    gateway_.restless = seed % 16 == 1;
    if (rough_) process_.be_rough();
  }

  void run() {
    process_.start(now_, inventory_);
    const int polls = gateway_.restless ? 4 * kPolls : kPolls;
    for (int i = 0; i < polls && !failed(); ++i) {
      if (seed_ % 50 == 0 && i == kPolls / 2) gateway_.crowd();
      turn();
    }
    stand_still();
    check();
    record_events(recorded_, "Story");  // now that no disk is full any more
    if (failed()) return;
    nothing_is_told_of_a_world_that_stands();
    sessions_end();
    take_figures();
  }

 private:
  static constexpr int kPolls = 40;
  static constexpr unsigned kRecordedSeeds = 20;

  static bool failed() { return testing::Test::HasFailure(); }
  bool one_in(unsigned times) { return random_() % times == 0; }

  JudgeContext context() const {
    InventoryHealth health;
    health.configured = true;
    return make_context("gw1", inventory_, health, std::make_shared<const RuleSettings>());
  }

  void wait(Duration time) {
    now_.boot += time;
    now_.wall += time;
  }

  // One poll with all that can happen before, in and after it.
  void turn() {
    gateway_.change(now_);
    if (one_in(25)) inventory_ = gateway_.next_inventory(now_.wall);
    if (one_in(40)) now_.wall += one_in(2) ? 1h : -1h;
    if (one_in(5)) process_.use(one_in(2) ? Disk::well : one_in(2) ? Disk::full : Disk::slow);
    if (one_in(15)) process_.fill_segments(one_in(2));
    const Death death = one_in(9) ? static_cast<Death>(1 + random_() % (kDeaths - 1)) : Death::none;
    ++figures_.deaths[static_cast<std::size_t>(death)];
    poll(death);
    if (process_.alive() && one_in(6)) process_.write_learned(now_);
    if (process_.alive() && one_in(60)) stop();
    wait(!gateway_.restless && one_in(80) ? 90min
                                          : 5s + std::chrono::milliseconds{random_() % 100});
    if (!process_.alive()) start_again();
  }

  // What a session has by its base is never less than nothing, whenever the counters were reset.
  static void check_counters(const Memory& memory) {
    for (const auto& [id, device] : memory.devices) {
      for (const PeerMemory& peer : device.peers) {
        if (!peer.session_up()) continue;
        const Peer* now = device.last->find(peer.public_key);
        const std::uint64_t received = now != nullptr ? now->received_bytes : 0;
        EXPECT_GE(static_cast<std::int64_t>(received - peer.learned.session_received_base), 0)
            << id.first << ':' << id.second << " session " << peer.told.session->number;
      }
    }
  }

  Step poll(Death death) {
    last_ = gateway_.observe(now_);
    process_.settle(now_);
    absences_.observe(last_, process_.memory());
    check_counters(process_.memory());
    Step step = process_.poll(last_, context(), now_, death);
    for (const Event& event : step.events) {
      const std::string objection = absences_.objection(event);
      EXPECT_EQ(objection, "");
    }
    if (seed_ < kRecordedSeeds) {
      recorded_.insert(recorded_.end(), step.events.begin(), step.events.end());
    }
    counters_never_fall();
    return step;
  }

  void stop() {
    process_.use(Disk::well);
    process_.fill_segments(false);
    process_.stop(now_);
    ++figures_.stops;
  }

  void start_again() {
    wait(std::chrono::seconds{random_() % (one_in(3) ? 300 : 15)});
    if (one_in(4)) {
      ++figures_.reboots;
      gateway_.reboot();
      now_.boot = BootTime{30s};
      now_.boot_id += '+';
    }
    for (int i = static_cast<int>(random_() % 6); i > 0; --i) gateway_.change(now_);
    absences_.restart();
    if (loses_state_ && one_in(3)) {
      process_.meddle_with_state();
      counters_.clear();
    }
    if (one_in(8)) process_.use(Disk::full);
    process_.start(now_, inventory_);
  }

  // Of one peer, from its peer-added on, over every death.
  void counters_never_fall() {
    for (const auto& [id, device] : process_.memory().devices) {
      for (const PeerMemory& peer : device.peers) {
        if (peer.told.added_sequence == 0) continue;
        auto& before = counters_[peer.told.added_sequence];
        const Counters now{peer.told.sessions, peer.told.endpoint_changes};
        EXPECT_TRUE(now.first >= before.first && now.second >= before.second);
        before = now;
      }
    }
  }

  // Until every absence is believed, and all is delivered.
  void stand_still() {
    gateway_.stand_still();
    process_.use(Disk::well);
    process_.fill_segments(false);
    for (int i = 0; i < 16; ++i) {
      view_ = poll(Death::none).view;
      wait(5s);
    }
  }

  void check() {
    const Replay told = replay(process_.segments(), rough_);
    EXPECT_TRUE(told.problems.empty()) << told.problems.front();
    EXPECT_EQ(told.last_sequence, process_.memory().program.sequence);
    check_view();
    check_peers(told);
    check_findings(told);
    check_sessions(told);
  }

  void check_view() {
    ASSERT_EQ(view_.devices.size(), last_.devices.size());
    for (std::size_t i = 0; i < last_.devices.size(); ++i) {
      EXPECT_EQ(*view_.devices[i].device, last_.devices[i]);
    }
  }

  void check_peers(const Replay& told) {
    decltype(told.interfaces) want, got;
    for (const Device& device : last_.devices) {
      for (const Peer& peer : device.peers) {
        ReplayedPeer& of = want[{device.netns, device.name}][to_string(peer.public_key)];
        for (const Cidr& prefix : device.prefixes_of(peer))
          of.allowed_ips.insert(to_string(prefix));
        of.preshared_key = peer.preshared_key == PresharedKey::present;
        of.keepalive = peer.persistent_keepalive_seconds;
      }
    }
    for (const auto& [place, peers] : told.interfaces) {
      EXPECT_TRUE(gateway_.interfaces.contains(place)) << place.first << ':' << place.second;
      if (!peers.empty()) got.emplace(place, peers);
    }
    EXPECT_TRUE(got == want);
  }

  void check_findings(const Replay& told) {
    std::set<std::string> want;
    for (const Finding& finding : view_.findings) {
      if (finding.accepted) continue;
      Event event;
      event.netns = finding.identity.netns;
      event.interface = finding.identity.interface;
      event.public_key = finding.identity.public_key;
      event.facts = {{Field::rule_name, std::string(rule_info(finding.identity.rule).name)},
                     {Field::finding_since, finding.since},
                     {Field::finding_subject, finding.identity.subject}};
      want.insert(finding_id(told.installation, event));
    }
    EXPECT_EQ(told.findings, want);
  }

  // Those without an end are those that run, and the history agrees.
  void check_sessions(const Replay& told) {
    std::map<std::string, std::string> announced;
    std::set<std::uint64_t> running;
    for (const auto& [id, device] : process_.memory().devices) {
      for (const PeerMemory& peer : device.peers) {
        if (!peer.session_up()) continue;
        const SessionMemory& session = *peer.told.session;
        running.insert(session.number);
        if (session.start_unknown || !session.announced) continue;
        announced[session_id(told.installation, session.number)] = to_string(peer.public_key);
      }
    }
    EXPECT_EQ(told.sessions, announced);
    const auto reader = StoreReader::open(process_.state());
    ASSERT_TRUE(reader) << reader.error().message();
    const auto history = reader->sessions({});
    ASSERT_TRUE(history) << history.error().message();
    std::uint64_t number = 0;
    for (const SessionRecord& session : *history) {
      EXPECT_EQ(session.number, ++number);
      EXPECT_EQ(!session.ended, running.contains(number)) << "session " << number;
    }
    EXPECT_EQ(number, process_.memory().program.session_number);
    check_endpoints(*reader, *history);
    check_what_goes_on(*reader);
  }

  // A session has an address that it is at as long as it runs, and one row of each.
  static void check_endpoints(const StoreReader& reader,
                              const std::vector<SessionRecord>& sessions) {
    const auto endpoints = reader.endpoints({});
    ASSERT_TRUE(endpoints) << endpoints.error().message();
    std::map<std::uint64_t, std::map<Address, std::optional<WallTime>>> seen;
    for (const SeenEndpoint& row : *endpoints) {
      const auto& [session, address, first_seen, last_seen] = row.endpoint;
      EXPECT_TRUE(seen[session].emplace(address, last_seen).second) << "session " << session;
    }
    for (const SessionRecord& session : sessions) {
      const auto& addresses = seen[session.number];
      const auto still = std::ranges::count_if(addresses, [](const auto& a) { return !a.second; });
      const bool there = session.endpoint.known() && !session.ended;
      EXPECT_EQ(still, there ? 1 : 0) << "session " << session.number;
      if (session.ended && session.endpoint.known()) {
        EXPECT_TRUE(addresses.contains(session.endpoint.address)) << "session " << session.number;
      }
    }
  }

  // What the history says is there is what is known to be there.
  void check_what_goes_on(const StoreReader& reader) {
    const auto findings = reader.findings({});
    const auto keys = reader.keys({});
    ASSERT_TRUE(findings && keys);
    std::set<FindingIdentity> open, known_open;
    for (const FindingRecord& record : *findings) {
      if (!record.closed) EXPECT_TRUE(open.insert(record.finding.identity).second);
      EXPECT_EQ(record.closed.has_value(), !record.close_reason.empty());
    }
    for (const Finding& finding : process_.memory().findings) known_open.insert(finding.identity);
    EXPECT_EQ(open, known_open);
    std::set<std::pair<DeviceId, Key>> present, known_present;
    for (const KeyRecord& stay : *keys) {
      if (!stay.removed) EXPECT_TRUE(present.emplace(stay.device, stay.public_key).second);
    }
    for (const auto& [id, device] : process_.memory().devices) {
      for (const PeerMemory& peer : device.peers) {
        if (peer.is_told) known_present.emplace(id, peer.public_key);
      }
    }
    EXPECT_EQ(present, known_present);
  }

  // Killed and started again, it tells of nothing but its start and of what time alone brings
  // about.
  void nothing_is_told_of_a_world_that_stands() {
    process_.die();
    absences_.restart();
    process_.start(now_, inventory_);
    for (int i = 0; i < 4; ++i) {
      for (const Event& event : poll(Death::none).events) {
        const std::string_view action = to_string(event.action);
        EXPECT_TRUE(event.action == Action::exporter_started ||
                    event.action == Action::session_ended || action.starts_with("finding-") ||
                    action.starts_with("events-"))
            << action;
      }
      wait(5s);
    }
  }

  void sessions_end() {
    for (int i = 0; i < 2; ++i) {
      wait(4min);
      poll(Death::none);
    }
    const Replay told = replay(process_.segments(), rough_);
    EXPECT_TRUE(told.problems.empty()) << told.problems.front();
    EXPECT_TRUE(told.sessions.empty());
    figures_.breaks += told.breaks;
    figures_.repeats += told.repeats;
    figures_.installations += told.installations - 1;
    figures_.events += told.last_sequence;
    figures_.torn_lines += told.torn_lines;
    for (const auto& [action, count] : told.actions) figures_.actions[action] += count;
  }

  void take_figures() {
    figures_.store.commits += process_.counts.commits;
    figures_.store.failed_commits += process_.counts.failed_commits;
    figures_.store.late_commits += process_.counts.late_commits;
    figures_.store.failed_opens += process_.counts.failed_opens;
    figures_.store.failed_syncs += process_.counts.failed_syncs;
    figures_.store.power_losses += process_.counts.power_losses;
    figures_.store.meddled += process_.counts.meddled;
    figures_.store.replaced += process_.counts.replaced;
  }

  const unsigned seed_;
  // Of four stories one has disks that lie, and one a database that is lost, broken or of
  // yesterday.
  const bool rough_ = seed_ % 4 == 3, loses_state_ = seed_ % 4 == 2;
  Figures& figures_;
  std::mt19937 random_;
  TempDir directory_;
  StoryGateway gateway_;
  StoryProcess process_;
  std::vector<Event> recorded_;
  Now now_{wall("2026-11-01T12:00:00Z"), BootTime{100h}, "boot"};
  std::shared_ptr<const Inventory> inventory_;
  Absences absences_;
  Observation last_;
  View view_;
  using Counters = std::pair<std::uint64_t, std::uint64_t>;
  std::map<std::uint64_t, Counters> counters_;  // by the sequence of peer-added
};

class Stories : public testing::TestWithParam<unsigned> {
 protected:
  void SetUp() override {
    // Its fdatasync costs nothing.
    if (std::filesystem::is_directory("/dev/shm")) setenv("TMPDIR", "/dev/shm", 1);
  }
};

TEST_P(Stories, TheLogReplaysToWhatWasObserved) {
  constexpr unsigned kSeeds = 50;
  Figures figures;
  for (unsigned seed = GetParam() * kSeeds; seed < (GetParam() + 1) * kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Story(seed, figures).run();
    if (HasFailure()) return;
  }
  figures.print();
  // Without these the stories prove little.
  EXPECT_GT(figures.events, 100 * kSeeds);
  EXPECT_GT(figures.torn_lines, kSeeds / 8);
  EXPECT_GT(figures.reboots, kSeeds / 2);
  EXPECT_GT(figures.stops, kSeeds / 5);
  for (std::size_t i = 1; i < kDeaths; ++i) EXPECT_GT(figures.deaths[i], kSeeds / 2) << i;
  EXPECT_GT(figures.store.failed_commits, kSeeds);
  EXPECT_GT(figures.store.late_commits, kSeeds / 4);
  EXPECT_GT(figures.store.failed_opens, kSeeds / 4);
  EXPECT_GT(figures.store.failed_syncs, kSeeds / 4);
  EXPECT_GT(figures.store.power_losses, kSeeds / 4);
  EXPECT_GT(figures.repeats, kSeeds / 4);
  EXPECT_GT(figures.store.replaced, 0U);
  EXPECT_GT(figures.installations, 0U);
  for (const ActionInfo& info : actions()) {
    if (is_of_files(info.action) || info.action == Action::inventory_rejected ||
        info.action == Action::key_rotated || info.action == Action::events_lost ||
        info.action == Action::events_suppressed) {
      continue;  // not of this world, or not in every fifty stories
    }
    EXPECT_TRUE(figures.actions.contains(std::string(info.name))) << info.name;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, Stories, testing::Range(0U, 6U));

// WGAUDIT_STORIES=N: so many more, from the seed WGAUDIT_SEED on, or from one of no plan.
TEST(MoreStories, ReplayToWhatWasObserved) {
  const char* count = std::getenv("WGAUDIT_STORIES");
  if (count == nullptr) GTEST_SKIP() << "WGAUDIT_STORIES is not set";
  if (std::filesystem::is_directory("/dev/shm")) setenv("TMPDIR", "/dev/shm", 1);
  const char* given = std::getenv("WGAUDIT_SEED");
  const auto first = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                                      : std::random_device{}() % 1'000'000;
  const auto stories = static_cast<unsigned>(std::strtoul(count, nullptr, 10));
  std::printf("seeds %u to %u (WGAUDIT_SEED, WGAUDIT_STORIES)\n", first, first + stories - 1);
  Figures figures;
  for (unsigned seed = first; seed < first + stories && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Story(seed, figures).run();
  }
  figures.print();
}

}  // namespace
}  // namespace wgaudit::test
