// What leaves the history, by age and by size, and what never does.
#include <gtest/gtest.h>

#include "exporter/store/reader.hpp"
#include "exporter/store/sqlite.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::hours;

class HistoryRetention : public testing::Test {
 protected:
  // Session n, a finding and a stay of a key from hour n to n + 1; the last one of each goes on.
  void fill(std::uint64_t count, std::size_t detail = 0) {
    world_.restart(at({}));
    Step step = events_step(world_.memory, 1, at({}));
    for (std::uint64_t n = 1; n <= count; ++n) {
      const std::string name = "peer " + std::to_string(n);
      SessionRecord session = full_session(n, name, name);
      KeyRecord stay{{"", "wg0"}, key(name), name, session.started, {}, session.ended};
      const FindingIdentity identity{RuleId::unknown_key, "", "wg0", key(name), ""};
      Finding finding{identity, Severity::low, name, session.started, std::string(detail, 'd')};
      if (n == count) {
        session.ended.reset();
        stay.last_seen.reset();
        step.delta.findings.push_back(finding);
      }
      stay.removed = stay.last_seen;
      step.delta.endpoints.push_back({n, session.endpoint.address, session.started, session.ended});
      step.delta.findings_changed.push_back(finding);
      step.delta.sessions.push_back(std::move(session));
      step.delta.keys.push_back(std::move(stay));
    }
    ASSERT_TRUE(world_.commit(std::move(step), at({})));
    step = events_step(world_.memory, 1, at({}));
    for (std::uint64_t n = 1; n < count; ++n) {
      const FindingIdentity identity{RuleId::unknown_key, "", "wg0",
                                     key("peer " + std::to_string(n)), ""};
      step.delta.findings_closed.push_back({identity, at(hours(n + 1)).wall, "cause_gone"});
    }
    ASSERT_TRUE(world_.commit(std::move(step), at({})));
  }
  // Sessions, endpoints, findings, keys; all four are of the same times here.
  std::vector<std::size_t> sizes() {
    const auto reader = StoreReader::open(world_.directory);
    return {reader->sessions({})->size(), reader->endpoints({})->size(),
            reader->findings({})->size(), reader->keys({})->size()};
  }
  using Sizes = std::vector<std::size_t>;
  HistoryExtent extent() { return *StoreReader::open(world_.directory)->extent(); }
  // The store was opened at hour 0, and no clock stepped since.
  Now later(Duration since) { return at(since); }
  StoreWorld world_;
};

TEST_F(HistoryRetention, TakesWhatEndedLongAgoAndNeverWhatGoesOn) {
  world_.limits.history_for = hours(1000);
  fill(10);
  EXPECT_EQ(sizes(), (Sizes{10, 10, 10, 10}));
  EXPECT_TRUE(world_.store->remove_history(later(hours(1004))));
  EXPECT_EQ(sizes(), (Sizes{8, 8, 8, 8})) << "those that ended before hour 4 are gone";
  EXPECT_EQ(extent(), (HistoryExtent{at(hours(3)).wall, 6, {}, 0}));
  EXPECT_TRUE(world_.store->remove_history(later(hours(100'000))));
  EXPECT_EQ(sizes(), (Sizes{1, 1, 1, 1}));
  EXPECT_EQ(extent(), (HistoryExtent{at(hours(10)).wall, 27, {}, 0}));
  EXPECT_EQ(world_.store->status().history_removed_early, 0U);
  const auto reader = StoreReader::open(world_.directory);
  EXPECT_EQ(reader->sessions({})->front().number, 10U);
  EXPECT_EQ(reader->findings({})->front().closed, std::nullopt);
  EXPECT_EQ(reader->keys({})->front().removed, std::nullopt);
  EXPECT_EQ(world_.restart(at({})).memory.findings.size(), 1U) << "what is open is known still";
}

TEST_F(HistoryRetention, AJumpOfTheClockTakesNothing) {
  world_.limits.history_for = hours(1000);
  fill(10);
  Now now = at(hours(500));
  const auto remove = [&](Duration passes) {
    now.wall += passes, now.boot += passes;
    EXPECT_TRUE(world_.store->remove_history(now));
    EXPECT_TRUE(world_.commit(events_step(world_.memory, 1, now), now));
  };
  remove({});
  now.wall += hours(20'000);
  for (int i = 0; i < 6; ++i) remove(std::chrono::minutes{10});
  EXPECT_EQ(sizes(), (Sizes{10, 10, 10, 10}));
  now.wall -= hours(20'000);
  for (int i = 0; i < 12; ++i) remove(std::chrono::minutes{10});
  EXPECT_EQ(sizes(), (Sizes{10, 10, 10, 10}));
  now.wall += hours(20'000);
  for (int i = 0; i < 8; ++i) remove(std::chrono::minutes{10});
  EXPECT_EQ(sizes(), (Sizes{1, 1, 1, 1})) << "an hour after the step";
  world_.restart(now);
  EXPECT_EQ(world_.store->status().history_removed_early, 0U);
}

// A gateway that always has something to tell has commits alone.
TEST_F(HistoryRetention, ACommitTakesABoundedPartWithIt) {
  world_.limits.history_for = hours(10'000);
  fill(300);
  ASSERT_TRUE(world_.commit(events_step(world_.memory, 1, at({})), later(hours(20'000))));
  const std::size_t left = sizes().front();
  EXPECT_LT(left, 300U);
  EXPECT_GE(left, 200U) << "not all at once";
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(world_.commit(events_step(world_.memory, 1, at({})), later(hours(20'000))));
  }
  EXPECT_EQ(sizes(), (Sizes{1, 1, 1, 1}));
}

TEST_F(HistoryRetention, OfACommitThatFailsNothingIsRemoved) {
  world_.limits.history_for = hours(1000);
  fill(10);
  auto other = Database::open(world_.path("state.db"), Database::Mode::read_write);
  ASSERT_TRUE(
      (*other)->run("CREATE TRIGGER t BEFORE DELETE ON sessions WHEN old.number = 5"
                    " BEGIN SELECT raise(ABORT, 'as the test wants it'); END"));
  const Step step = events_step(world_.memory, 1, at({}));
  EXPECT_FALSE(world_.store->commit(step, later(hours(9000))));
  EXPECT_FALSE(world_.store->remove_history(later(hours(9000))));
  EXPECT_EQ(world_.store->status().why, "as the test wants it");
  EXPECT_EQ(sizes(), (Sizes{10, 10, 10, 10}));
  EXPECT_EQ(extent(), HistoryExtent{});
  ASSERT_TRUE((*other)->run("DROP TRIGGER t"));
  EXPECT_TRUE(world_.store->commit(step, later(hours(9000))));
  EXPECT_EQ(sizes(), (Sizes{1, 1, 1, 1}));
}

TEST_F(HistoryRetention, BeyondItsSizeTheOldestGoFirstAndTheirPagesAreUsedAgain) {
  fill(2000, 500);
  const std::uint64_t full = world_.store->status().size_bytes;
  ASSERT_GT(full, 1'000'000U);
  world_.limits.history_bytes = 600'000;
  world_.restart(at({}));
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(world_.store->remove_history(at({})));
  const std::size_t left = sizes().front();
  EXPECT_LT(left, 1200U);
  EXPECT_GT(left, 100U) << "no more than it takes";
  const auto sessions = StoreReader::open(world_.directory)->sessions({});
  EXPECT_EQ(sessions->front().number, 2000 - left + 1) << "the oldest went";
  EXPECT_EQ(sessions->back().number, 2000U);
  EXPECT_EQ(extent().complete_since, at(hours(2000 - left + 1)).wall);
  EXPECT_GT(world_.store->status().history_removed_early, 3000U);
  {
    auto database = Database::open(world_.path("state.db"), Database::Mode::read_only);
    EXPECT_LE((*database)->used_bytes(), 600'000U);
  }
  // As many again: the file has room for them.
  const auto before = world_.store->status().size_bytes;
  for (std::uint64_t n = 2001; n < 3000; ++n) {
    Step step = events_step(world_.memory, 1, at({}));
    step.delta.sessions = {full_session(n, "peer " + std::to_string(n), "x")};
    ASSERT_TRUE(world_.commit(std::move(step), at({})));
  }
  EXPECT_LE(world_.store->status().size_bytes, before + 5'000'000) << "but for the log";
  auto database = Database::open(world_.path("state.db"), Database::Mode::read_only);
  const auto reader = StoreReader::open(world_.directory);
  EXPECT_EQ(reader->sessions({.limit = 1})->front().number, 2999U);
  EXPECT_LE(*(*database)->number("PRAGMA page_count") * 4096, static_cast<std::int64_t>(full));
}

// Events that wait for a sink are no history: it does not make room for them.
TEST_F(HistoryRetention, WaitingEventsDoNotCount) {
  fill(10);
  Step step = events_step(world_.memory, 0, at({}));
  for (int i = 0; i < 200; ++i) add_event(step, at({}), std::string(5000, 'x'));
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  world_.limits.history_bytes = 600'000;
  world_.restart(at({}));
  EXPECT_TRUE(world_.store->remove_history(at({})));
  EXPECT_EQ(sizes(), (Sizes{10, 10, 10, 10}));
}

TEST_F(HistoryRetention, IsRefusedWhileItIsNotOpen) {
  EXPECT_FALSE(world_.store->remove_history(at({})));
}

}  // namespace
}  // namespace wgaudit::test
