// The state keeper beside a disk that is slow, missing or full: polls never wait for it, memory
// advances by commits alone, and what is told is told once.
#include "exporter/daemon/state_keeper.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/daemon/database_lock.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

class Keeper : public testing::Test {
 protected:
  void open() {
    auto opened = store_.open(std::nullopt, now_);
    ASSERT_TRUE(opened) << opened.error().error.message();
    memory_ = std::move(opened->memory);
  }
  Observation seen(std::vector<test::PeerSpec> peers) const {
    Observation observation;
    observation.ended = now_.boot;
    observation.sources.push_back({CollectorKind::netlink, "", SourceStatus::complete, "", {}, {}});
    observation.devices = {test::device("wg0", peers, now_.boot)};
    return observation;
  }
  // As the poller does it. Returns whether memory advanced, and how long it took.
  bool poll(std::vector<test::PeerSpec> peers) {
    now_.boot += 5s;
    now_.wall += 5s;
    const auto begun = SteadyClock::now();
    keeper_.settle(memory_, now_);
    Step step = judge(memory_, seen(std::move(peers)), context_, now_, store_.outbox());
    memory_.observe(step.delta);
    const bool advanced = keeper_.keep(memory_, std::move(step), now_);
    slowest_ = std::max(slowest_, Duration{SteadyClock::now() - begun});
    return advanced;
  }
  std::vector<std::string> told() {
    std::vector<std::string> names;
    for (const Event& event : std::exchange(told_, {})) {
      names.emplace_back(to_string(event.action));
      EXPECT_EQ(event.sequence, ++last_sequence_);
    }
    return names;
  }
  using Names = std::vector<std::string>;

  test::TempDir root_;
  std::filesystem::path directory_ = root_.path() / "parent" / "state";
  Store store_{directory_};
  std::vector<Event> told_;
  std::uint64_t last_sequence_ = 0;
  int opened_ = 0;
  std::atomic<int> failed_ = 0, chores_ = 0;
  std::atomic<std::thread::id> chore_thread_{};
  StateKeeper keeper_{store_,
                      {[] { return std::nullopt; },
                       [this](const std::vector<Event>& events) {
                         told_.insert(told_.end(), events.begin(), events.end());
                       },
                       [this](const Store::Opened&) { ++opened_; }, [this] { ++failed_; },
                       [this] {
                         chore_thread_ = std::this_thread::get_id();
                         ++chores_;
                       }}};
  Memory memory_;
  JudgeContext context_ = make_context("gw1", std::make_shared<const Inventory>(), {},
                                       std::make_shared<const RuleSettings>());
  Now now_{test::wall("2026-11-01T12:00:00Z"), test::boot(1h), "boot"};
  Duration slowest_{};
};

TEST_F(Keeper, TellsWhatIsCommitted) {
  std::filesystem::create_directories(directory_);
  open();
  EXPECT_TRUE(poll({{.name = "alice"}}));
  EXPECT_EQ(told(), (Names{"exporter-started", "baseline-established", "finding-opened",
                           "state-snapshot"}));
  EXPECT_TRUE(poll({{.name = "alice"}, {.name = "bob"}}));
  EXPECT_EQ(told(), Names{"peer-added"});
}

// They wait for the disk: the thread of the polls has none of them.
TEST_F(Keeper, ChoresAreOfItsThread) {
  const auto wait_for = [&](int chores) {
    const auto limit = SteadyClock::now() + 20s;
    while (chores_ < chores && SteadyClock::now() < limit) std::this_thread::yield();
    return chores_ == chores && chore_thread_.load() != std::this_thread::get_id();
  };
  std::filesystem::create_directories(directory_);
  keeper_.settle(memory_, now_);
  EXPECT_TRUE(wait_for(1)) << "after it was opened";
  (void)poll({{.name = "alice"}});
  EXPECT_TRUE(wait_for(2)) << "with a commit";
  keeper_.want_chore();
  EXPECT_TRUE(wait_for(3)) << "when it is asked for";
  EXPECT_EQ(opened_, 1);
}

TEST_F(Keeper, NothingToTellCommitsNothingButWhatIsLearned) {
  std::filesystem::create_directories(directory_);
  open();
  (void)poll({{.name = "alice"}});
  const std::uint64_t before = store_.status().commits_total;
  for (int i = 0; i < 24; ++i) EXPECT_FALSE(poll({{.name = "alice"}}));  // two minutes
  now_.boot += 1s;
  keeper_.settle(memory_, now_);
  const std::uint64_t commits = store_.status().commits_total - before;
  EXPECT_GE(commits, 3U);
  EXPECT_LE(commits, 4U);
}

TEST_F(Keeper, ASlowCommitHoldsUpNoPollAndIsToldOnce) {
  std::filesystem::create_directories(directory_);
  open();
  (void)poll({{.name = "alice"}});
  (void)told();
  {
    const test::DatabaseLock lock(directory_ / "state.db");
    EXPECT_FALSE(poll({{.name = "alice"}, {.name = "bob"}}));
    EXPECT_FALSE(poll({{.name = "alice"}, {.name = "bob"}, {.name = "carol"}}));
    EXPECT_TRUE(told().empty());
    EXPECT_GE(keeper_.busy_for(now_.boot), Duration{5s});
    EXPECT_EQ(memory_.devices.begin()->second.peers.size(), 3U);  // learned, not told
    EXPECT_FALSE(memory_.devices.begin()->second.peers[1].is_told &&
                 memory_.devices.begin()->second.peers[2].is_told);
  }
  // The commit goes on: what it holds is told when it has ended, the rest by the next one.
  Names all;
  for (int i = 0; i < 3; ++i) {
    (void)poll({{.name = "alice"}, {.name = "bob"}, {.name = "carol"}});
    std::ranges::move(told(), std::back_inserter(all));
  }
  EXPECT_EQ(all, (Names{"peer-added", "peer-added"}));
  EXPECT_EQ(keeper_.busy_for(now_.boot), Duration{0});
  EXPECT_LT(slowest_, Duration{2s});
}

TEST_F(Keeper, AStoreThatCannotBeOpenedIsOpenedLater) {
  // Its parent is not there: for the store that is permanent; for the keeper it is one more try.
  ASSERT_FALSE(store_.open(std::nullopt, now_));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(poll({{.name = "alice"}}));
  EXPECT_TRUE(told().empty());
  EXPECT_FALSE(store_.status().up);
  EXPECT_GT(failed_, 0);
  std::filesystem::create_directories(directory_.parent_path());
  for (int i = 0; i < 6 && opened_ == 0; ++i) (void)poll({{.name = "alice"}});
  EXPECT_EQ(opened_, 1);
  for (int i = 0; i < 3; ++i) (void)poll({{.name = "alice"}});
  EXPECT_EQ(told(), (Names{"exporter-started", "baseline-established", "finding-opened",
                           "state-snapshot"}));
  EXPECT_TRUE(store_.status().up);
}

TEST_F(Keeper, ACommitThatFailsIsSaidAtOnce) {
  std::filesystem::create_directories(directory_);
  open();
  (void)poll({{.name = "alice"}});
  EXPECT_EQ(failed_, 0);
  {
    // No table, no commit.
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open((directory_ / "state.db").c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "DROP TABLE events", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(other);
  }
  EXPECT_FALSE(poll({{.name = "alice"}, {.name = "bob"}}));
  EXPECT_EQ(failed_, 1);
}

TEST_F(Keeper, FinishStoresTheStopAndWhatWasLearned) {
  std::filesystem::create_directories(directory_);
  open();
  (void)poll({{.name = "alice", .received_bytes = 77}});
  EXPECT_TRUE(keeper_.finish(memory_, judge_stop(memory_, now_, "signal"), now_, 5s));
  EXPECT_EQ(told().back(), "exporter-stopped");
  Store again(directory_);
  EXPECT_FALSE(again.open(std::nullopt, now_));  // one daemon at a time
}

TEST_F(Keeper, FinishGivesUpInTime) {
  std::filesystem::create_directories(directory_);
  open();
  (void)poll({{.name = "alice"}});
  const test::DatabaseLock lock(directory_ / "state.db");
  const auto begun = SteadyClock::now();
  EXPECT_FALSE(keeper_.finish(memory_, judge_stop(memory_, now_, "signal"), now_, 200ms));
  EXPECT_LT(SteadyClock::now() - begun, 1s);
}

}  // namespace
}  // namespace wgaudit
