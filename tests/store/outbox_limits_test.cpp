// The limits of the outbox, with judge() and a real store: whatever sinks do and time brings, a
// sink gets every event or hears its number.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// A gateway whose peers change with every poll: an event of each that does.
class Limits : public testing::Test {
 protected:
  void open(const StoreLimits& limits) {
    world_.limits = limits;
    world_.restart(now_);
  }
  void wait(Duration time) {
    now_.boot += time;
    now_.wall += time;
  }
  std::vector<Event> poll(int changes) {
    for (int i = 0; i < changes; ++i) ++peers_[next_++ % peers_.size()].keepalive;
    Observation observation;
    observation.ended = now_.boot;
    observation.sources.push_back({CollectorKind::netlink, "", SourceStatus::complete, "", {}, {}});
    observation.devices = {device("wg0", peers_, now_.boot)};
    Step step =
        judge(world_.memory, std::move(observation), context_, now_, world_.store->outbox());
    world_.memory.observe(step.delta);
    std::vector<Event> events = step.events;
    EXPECT_TRUE(world_.commit(std::move(step), now_)) << world_.store->status().why;
    return events;
  }
  static std::vector<Event> lost_of(const std::vector<Event>& events) {
    std::vector<Event> lost;
    std::ranges::copy_if(events, std::back_inserter(lost),
                         [](const Event& e) { return e.action == Action::events_lost; });
    return lost;
  }
  static std::uint64_t number_of(const Event& event, Field field) {
    return static_cast<std::uint64_t>(std::get<std::int64_t>(*event.find(field)));
  }

  StoreWorld world_;
  Now now_ = at({});
  std::vector<PeerSpec> peers_ = std::vector<PeerSpec>(20);
  std::size_t next_ = 0;
  JudgeContext context_ = make_context("gw1", std::make_shared<const Inventory>(), {},
                                       std::make_shared<const RuleSettings>());

  void SetUp() override {
    for (std::size_t i = 0; i < peers_.size(); ++i) peers_[i].name = "peer" + std::to_string(i);
  }
};

TEST_F(Limits, WhatIsTooOldGoesAndIsNamed) {
  open({.outbox_for = hours(10)});
  (void)poll(0);
  ASSERT_TRUE(world_.store->advance("http", 1));
  for (int i = 0; i < 10; ++i) (void)poll(1), wait(hours(1));
  const std::uint64_t before = world_.store->status().last_sequence;
  EXPECT_TRUE(lost_of(poll(1)).empty()) << "the oldest is of ten hours ago, not more";
  wait(seconds(1));
  (void)poll(1);  // its commit finds what is too old
  const auto lost = lost_of(poll(0));
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(number_of(lost[0], Field::lost_first), 2U);
  // All older than nine hours: a tenth more than had to, or there would be one more with each poll.
  EXPECT_EQ(world_.events().front().sequence, number_of(lost[0], Field::lost_last) + 1);
  EXPECT_LE(now_.wall - world_.events().front().at, hours(9));
  EXPECT_LT(number_of(lost[0], Field::lost_last), before);
  EXPECT_EQ(world_.store->status().events_lost_total, number_of(lost[0], Field::lost_last) - 1);
  EXPECT_TRUE(lost_of(poll(1)).empty());
}

TEST_F(Limits, NothingIsTooOldThatNobodyWaitsFor) {
  open({.outbox_for = hours(10)});
  (void)poll(5);
  const std::uint64_t last = world_.store->status().last_sequence;
  ASSERT_TRUE(world_.store->advance("http", last));
  for (int i = 0; i < 3; ++i) {
    wait(hours(20));
    EXPECT_TRUE(lost_of(poll(1)).empty());
    ASSERT_TRUE(world_.store->advance("http", world_.store->status().last_sequence));
  }
  EXPECT_EQ(world_.events().front().sequence, 1U);
}

// A wall clock that jumps ahead, or a daemon that starts after a month, leaves the sinks an hour.
TEST_F(Limits, AJumpOfTheClockThrowsNothingAway) {
  open({.outbox_for = hours(10)});
  (void)poll(1);
  ASSERT_TRUE(world_.store->advance("http", 1));
  wait(hours(2));
  now_.wall += hours(1000);
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(lost_of(poll(1)).empty()) << i;
    wait(minutes(10));
  }
  (void)poll(1);
  EXPECT_FALSE(lost_of(poll(0)).empty()) << "an hour after the step";
  wait(hours(1000));
  world_.restart(now_);
  (void)poll(1);
  EXPECT_TRUE(lost_of(poll(1)).empty()) << "an hour after the start";
  wait(hours(1));
  (void)poll(1);
  EXPECT_FALSE(lost_of(poll(0)).empty());
}

// What a commit found too old goes with the next poll, unless it is not that any more.
TEST_F(Limits, WhatIsNoLongerTooOldStays) {
  open({.outbox_for = hours(10)});
  (void)poll(1);
  ASSERT_TRUE(world_.store->advance("http", 1));
  (void)poll(1);
  wait(hours(11));
  (void)poll(1);
  ASSERT_NE(world_.store->outbox().drop_through, 0U) << "or this shows nothing";
  now_.wall -= hours(100);
  ASSERT_TRUE(world_.store->write_learned(world_.memory, 0, 1, now_));
  EXPECT_EQ(world_.store->outbox().drop_through, 0U) << "the clock stepped";
  EXPECT_TRUE(lost_of(poll(0)).empty());

  wait(hours(111));
  (void)poll(1);
  ASSERT_NE(world_.store->outbox().drop_through, 0U) << "or this shows nothing";
  ASSERT_TRUE(world_.store->advance("http", world_.store->status().last_sequence));
  ASSERT_TRUE(world_.store->write_learned(world_.memory, 0, 1, now_));
  EXPECT_EQ(world_.store->outbox().drop_through, 0U) << "they are delivered";
  EXPECT_EQ(world_.events().front().sequence, 1U);
}

TEST_F(Limits, WithoutALimitNothingIsTooOld) {
  open({});
  (void)poll(1);
  ASSERT_TRUE(world_.store->advance("http", 1));
  for (int i = 0; i < 4; ++i) {
    wait(hours(24 * 365));
    EXPECT_TRUE(lost_of(poll(1)).empty());
  }
  EXPECT_EQ(world_.events().front().sequence, 1U);
}

// Of one sink: what it took, and what it heard to be lost.
struct Reader {
  std::string name;
  std::uint64_t cursor = 0;
  std::set<std::uint64_t> got;
  std::set<std::uint64_t> named;
};

class RandomLimits : public Limits, public testing::WithParamInterface<unsigned> {
 protected:
  bool one_in(unsigned times) { return random_() % times == 0; }

  void read(Reader& reader, std::size_t most) {
    const auto batch = world_.store->read_after(reader.cursor, most);
    ASSERT_TRUE(batch) << batch.error().message();
    for (const Event& event : batch->events) {
      EXPECT_TRUE(reader.got.insert(event.sequence).second);
      EXPECT_FALSE(reader.named.contains(event.sequence)) << "delivered, and said to be lost";
      reader.cursor = event.sequence;
    }
    ASSERT_TRUE(world_.store->advance(reader.name, reader.cursor));
  }
  void hear(const Event& event) {
    const auto names = std::get<std::vector<std::string>>(*event.find(Field::lost_sinks));
    ASSERT_EQ(names.size(), 1U);
    const std::uint64_t first = number_of(event, Field::lost_first);
    const std::uint64_t last = number_of(event, Field::lost_last);
    for (Reader& reader : readers_) {
      if (reader.name != names[0]) continue;
      for (std::uint64_t i = first; i <= last; ++i) {
        EXPECT_FALSE(reader.got.contains(i)) << "delivered, and said to be lost";
        EXPECT_TRUE(reader.named.insert(i).second) << "lost twice";
        all_lost_.insert(i);
      }
    }
  }

  std::mt19937 random_{GetParam()};
  std::vector<Reader> readers_{{"a"}, {"b"}, {"c"}};
  std::set<std::uint64_t> all_lost_;
};

TEST_P(RandomLimits, EachSinkGetsEveryEventOrHearsItsNumber) {
  constexpr std::uint64_t kBytes = 30'000;
  const StoreLimits limits{.outbox_bytes = kBytes,
                           .outbox_for = hours(3),
                           .kept_events = random_() % 60,
                           .kept_bytes = random_() % 9'000,
                           .kept_for = hours(2)};
  open(limits);
  (void)poll(0);
  for (Reader& reader : readers_) read(reader, 0);
  for (int i = 0; i < 200 && !HasFailure(); ++i) {
    SCOPED_TRACE("poll " + std::to_string(i));
    const std::uint64_t told = world_.store->outbox().drop_through;
    const auto events = poll(one_in(3) ? static_cast<int>(random_() % 20) : 0);
    for (const Event& event : lost_of(events)) hear(event);
    if (told != 0) EXPECT_GT(world_.store->outbox().first, told);
    // "a" is fast, "b" is down now and then, "c" nearly always.
    if (!one_in(10)) read(readers_[0], 1000);
    if (i / 40 % 2 == 0) read(readers_[1], random_() % 20);
    if (one_in(30)) read(readers_[2], random_() % 100);
    wait(one_in(20) ? hours(2) : minutes(2));
    if (one_in(25)) world_.restart(now_);
  }
  for (Reader& reader : readers_) read(reader, 100'000);
  const std::uint64_t last = world_.store->status().last_sequence;
  for (const Reader& reader : readers_) {
    SCOPED_TRACE(reader.name);
    EXPECT_EQ(reader.got.size() + reader.named.size(), last) << "a number that nobody named";
  }
  EXPECT_EQ(world_.store->status().events_lost_total, all_lost_.size());
  EXPECT_FALSE(readers_[2].named.empty()) << "or this shows nothing";
  EXPECT_TRUE(readers_[0].named.size() < readers_[2].named.size());
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomLimits, testing::Range(0U, 4U));

}  // namespace
}  // namespace wgaudit::test
