// `sessions forget`: nothing of a principal is left, and nobody else is touched.
#include "exporter/store/forget.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "exporter/store/reader.hpp"
#include "exporter/store/sqlite.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::hours;

class Forget : public testing::Test {
 protected:
  void SetUp() override { world_.open(at({})); }
  // All that is of one session, as a poll tells it.
  static void add(Step& step, std::uint64_t number, const std::string& name, const std::string& who,
                  const std::string& address, bool ended = true) {
    SessionRecord session = full_session(number, name, who);
    session.endpoint.address = *parse_address(address);
    KeyRecord stay{session.device, key(name), who, session.started, {}, session.ended};
    const FindingIdentity identity{RuleId::unknown_key, "blue", "wg0", key(name),
                                   std::to_string(number)};
    step.delta.findings_changed.push_back({identity, Severity::low, who, session.started, who});
    if (ended) {
      step.delta.findings_closed.push_back({identity, *session.ended, "cause_gone"});
    } else {
      session.ended.reset();
      stay.last_seen.reset();
    }
    stay.removed = stay.last_seen;
    step.delta.endpoints.push_back(
        {number, session.endpoint.address, session.started, session.ended});
    step.delta.sessions.push_back(std::move(session));
    step.delta.keys.push_back(std::move(stay));
  }
  void commit(Step step) {
    const std::vector<ClosedFinding> closed = std::move(step.delta.findings_closed);
    step.delta.findings_closed.clear();
    ASSERT_TRUE(world_.commit(std::move(step), at({}))) << world_.store->status().why;
    Step second = events_step(world_.memory, 1, at({}));
    second.delta.findings_closed = closed;
    ASSERT_TRUE(world_.commit(std::move(second), at({})));
  }
  std::expected<Forgotten, Error> forget(const std::string& who, bool dry_run = false) {
    return forget_principal(world_.directory, who, dry_run, at(hours(100)).wall);
  }
  // Of the database, its log and the log's index.
  std::string files() const {
    std::string bytes;
    for (const std::string& name : world_.files("state.db")) bytes += read_file(world_.path(name));
    return bytes;
  }
  static std::string bytes_of(const Key& key) {
    return {reinterpret_cast<const char*>(key.bytes.data()), Key::kSize};
  }
  static std::string bytes_of(const std::string& address) {
    const Address parsed = *parse_address(address);
    return {reinterpret_cast<const char*>(parsed.bytes.data()),
            parsed.family == Family::ipv4 ? 4U : 16U};
  }
  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> found;
    const auto sessions = StoreReader::open(world_.directory)->sessions({});
    for (const SessionRecord& session : *sessions) found.push_back(session.number);
    return found;
  }
  StoreWorld world_;
};

TEST_F(Forget, TakesAllOfAPrincipalAndNothingOfAnother) {
  Step step = events_step(world_.memory, 1, at({}));
  add(step, 1, "alice phone", "alice.liddell", "2001:db8::a11c:e");
  add(step, 2, "bob", "bob", "192.0.2.2");
  add(step, 3, "alice laptop", "alice.liddell", "2001:db8::a11c:f");
  add(step, 4, "alice phone", "unknown:AbCdEfGh", "2001:db8::a11c:d");  // before she was known
  add(step, 5, "alice phone", "carol", "2001:db8::ca:1");               // who has her phone now
  add(step, 6, "eve", "unknown:EvEvEvEv", "192.0.2.6");
  commit(std::move(step));
  const auto all = files();
  for (const auto& trace : {std::string("alice.liddell"), bytes_of("2001:db8::a11c:e")}) {
    ASSERT_NE(all.find(trace), std::string::npos) << "the test looks for what was there";
  }

  const auto dry = forget("alice.liddell", true);
  ASSERT_TRUE(dry) << dry.error().message();
  EXPECT_EQ(dry->removed, (ForgottenRows{3, 3, 3, 3}));
  EXPECT_EQ(numbers().size(), 6U);

  const auto done = forget("alice.liddell");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->removed, dry->removed);
  EXPECT_EQ(done->kept, ForgottenRows{});
  EXPECT_EQ(done->remains, "");
  EXPECT_EQ(numbers(), (std::vector<std::uint64_t>{2, 5, 6}));
  const auto reader = StoreReader::open(world_.directory);
  EXPECT_EQ(reader->endpoints({})->size(), 3U);
  EXPECT_EQ(reader->findings({})->size(), 3U);
  EXPECT_EQ(reader->keys({})->size(), 3U);
  EXPECT_EQ(reader->extent(), (HistoryExtent{{}, 0, at(hours(100)).wall, 12}));
  const auto left = files();
  for (const auto& trace : {std::string("alice.liddell"), bytes_of("2001:db8::a11c:e"),
                            bytes_of("2001:db8::a11c:f"), bytes_of("2001:db8::a11c:d"),
                            std::string("unknown:AbCdEfGh"), bytes_of(key("alice laptop"))}) {
    EXPECT_EQ(left.find(trace), std::string::npos) << trace;
  }
  EXPECT_NE(left.find("unknown:EvEvEvEv"), std::string::npos);

  const auto again = forget("alice.liddell");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->removed, ForgottenRows{});
}

// Pages that were split and merged hold copies of rows that no delete overwrites.
TEST_F(Forget, LeavesNoByteInAFileWithAHistory) {
  std::mt19937 random(7);
  std::uint64_t number = 0;
  const auto name_of = [](unsigned who) {
    return "principal-" + std::to_string(1000 + who) + "@x";
  };
  for (int i = 0; i < 60; ++i) {
    Step step = events_step(world_.memory, 1, at({}));
    for (int j = 0; j < 50; ++j) {
      const auto who = static_cast<unsigned>(random() % 150);
      add(step, ++number, name_of(who), name_of(who),
          "2001:db8:beef::" + std::to_string(1000 + who));
    }
    commit(std::move(step));
  }
  for (unsigned who = 0; who < 150; who += 10) {
    const auto done = forget(name_of(who));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_GT(done->removed.sessions, 0U);
    EXPECT_EQ(done->remains, "");
  }
  const std::string left = files();
  for (unsigned who = 0; who < 150; who += 10) {
    EXPECT_EQ(left.find(name_of(who)), std::string::npos) << who;
    EXPECT_EQ(left.find(bytes_of(key(name_of(who)))), std::string::npos) << who;
    EXPECT_EQ(left.find(bytes_of("2001:db8:beef::" + std::to_string(1000 + who))),
              std::string::npos)
        << who;
  }
  EXPECT_NE(left.find(name_of(1)), std::string::npos);
}

TEST_F(Forget, KeepsWhatGoesOnAndSaysSo) {
  Step step = events_step(world_.memory, 1, at({}));
  add(step, 1, "alice", "alice", "2001:db8::a");
  add(step, 2, "alice", "alice", "2001:db8::b", false);
  commit(std::move(step));
  const auto done = forget("alice");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->removed, (ForgottenRows{1, 1, 1, 1}));
  EXPECT_EQ(done->kept, (ForgottenRows{1, 1, 1, 1}));

  // The daemon goes on with what it knows: its session ends in its row.
  step = events_step(world_.memory, 1, at({}));
  step.delta.sessions = {full_session(2, "alice", "alice")};
  ASSERT_TRUE(world_.commit(std::move(step), at({}))) << world_.store->status().why;
  EXPECT_EQ(numbers(), std::vector<std::uint64_t>{2});
  EXPECT_EQ(forget("alice")->removed.sessions, 1U);
}

TEST_F(Forget, LeavesEventsAndCountsThem) {
  Step step = events_step(world_.memory, 3, at({}));  // about alice's key
  add(step, 1, "alice", "alice", "2001:db8::a");
  commit(std::move(step));
  const auto before = world_.events();
  const auto done = forget("alice");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->events, before.size());
  EXPECT_EQ(world_.events(), before);
  EXPECT_FALSE(world_.restart(at({})).replaced);
  EXPECT_EQ(world_.events(), before);
}

// What a receiver refused says whose it is as the history does.
TEST_F(Forget, TakesEventsThatWereSetAside) {
  Step step = events_step(world_.memory, 6, at({}));
  add(step, 1, "alice phone", "alice", "2001:db8::a");
  const std::pair<std::string_view, std::string> kOf[] = {
      {"alice phone", "alice"},             // 1: goes
      {"alice phone", "unknown:AbCdEfGh"},  // 2: goes, it was her key before it was known
      {"alice phone", "carol"},             // 3: who has her phone now
      {"alice laptop", "alice"},            // 4: goes, though no other row has this key
      {"bob", "unknown:BoBoBoBo"},          // 5
      {"", ""}};                            // 6: of no peer
  for (std::size_t i = 0; i < std::size(kOf); ++i) {
    Event& event = step.events[i];
    event.public_key.reset();
    if (!kOf[i].first.empty()) event.public_key = key(kOf[i].first);
    event.facts = {{Field::principal_name, kOf[i].second}};
  }
  commit(std::move(step));
  std::vector<Refusal> refused;
  for (std::uint64_t n = 1; n <= 6; ++n) refused.push_back({n, "status 400"});
  ASSERT_TRUE(world_.store->set_aside("siem", 6, refused, at({}).wall));
  const auto left = [&] {
    std::vector<std::uint64_t> sequences;
    const auto reader = StoreReader::open(world_.directory);
    const auto dead_events = reader->dead_events("");
    for (const auto& dead : *dead_events) sequences.push_back(dead.event.sequence);
    return sequences;
  };

  const auto dry = forget("alice", true);
  ASSERT_TRUE(dry) << dry.error().message();
  EXPECT_EQ(dry->removed, (ForgottenRows{1, 1, 1, 1, 3}));
  EXPECT_EQ(left().size(), 6U);
  const auto done = forget("alice");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->removed, dry->removed);
  EXPECT_EQ(left(), (std::vector<std::uint64_t>{3, 5, 6}));
  EXPECT_EQ(StoreReader::open(world_.directory)->extent()->forgotten, 7U);
}

TEST_F(Forget, NamesDatabasesThatWereMovedAside) {
  std::ofstream(world_.path("state.db.corrupt-20260801T000000Z")) << "alice";
  std::ofstream(world_.path("state.db.corrupt-20260801T000000Z-wal")) << "alice";
  EXPECT_EQ(forget("alice")->aside, std::vector<std::string>{"state.db.corrupt-20260801T000000Z"});
}

TEST_F(Forget, FailsAsAWholeAndSaysWhy) {
  Step step = events_step(world_.memory, 1, at({}));
  add(step, 1, "alice", "alice", "2001:db8::a");
  commit(std::move(step));
  auto other = Database::open(world_.path("state.db"), Database::Mode::read_write);
  ASSERT_TRUE(
      (*other)->run("CREATE TRIGGER t BEFORE DELETE ON key_history"
                    " BEGIN SELECT raise(ABORT, 'as the test wants it'); END"));
  const auto done = forget("alice");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error(), (Error{"cannot forget in the state database", world_.path("state.db"),
                                 "as the test wants it"}));
  EXPECT_EQ(numbers(), std::vector<std::uint64_t>{1});
  ASSERT_TRUE((*other)->run("PRAGMA user_version = 99"));
  EXPECT_EQ(forget("alice").error().why, "written by a newer release");
  EXPECT_EQ(forget_principal(world_.path("none"), "alice", false, {}).error().why,
            "No such file or directory");
}

// Whoever reads holds back the log: the rows are gone, and what may be left is said.
TEST_F(Forget, SaysWhenTheLogCannotBeEmptied) {
  Step step = events_step(world_.memory, 1, at({}));
  add(step, 1, "alice", "alice", "2001:db8::a");
  commit(std::move(step));
  auto other = Database::open(world_.path("state.db"), Database::Mode::read_only);
  Statement reading(**other, "SELECT number FROM sessions");
  reading.start();
  ASSERT_TRUE(reading.next());
  const auto done = forget("alice");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_NE(done->remains, "");
  EXPECT_TRUE(numbers().empty());
  reading.finish();
  EXPECT_EQ(forget("alice")->remains, "");
  EXPECT_EQ(files().find(bytes_of("2001:db8::a")), std::string::npos);
}

// The daemon commits while a command reads and another one forgets.
TEST_F(Forget, WorksBesideADaemonThatCommits) {
  std::atomic<bool> stop = false;
  std::atomic<int> good = 0;
  std::jthread reader([&] {
    const auto opened = StoreReader::open(world_.directory);
    bool whole = opened.has_value();
    while (!stop && whole) {
      const auto sessions = opened->sessions({.principal = "alice"});
      const auto endpoints = opened->endpoints({.principal = "alice"});
      whole = sessions && endpoints;
      if (!sessions) ADD_FAILURE() << sessions.error().message();
    }
    good += whole;
  });
  std::jthread forgetter([&] {
    bool whole = true;
    while (!stop && whole) {
      const auto done = forget("alice");
      whole = done && done->removed.sessions == done->removed.endpoints;
      if (!done) ADD_FAILURE() << done.error().message();
    }
    good += whole;
  });
  for (std::uint64_t n = 1; n <= 150; ++n) {
    Step step = events_step(world_.memory, 1, at({}));
    add(step, n, "alice", n % 3 == 0 ? "bob" : "alice", "2001:db8::a");
    step.delta.findings_changed.clear();
    step.delta.findings_closed.clear();
    ASSERT_TRUE(world_.commit(std::move(step), at({}))) << world_.store->status().why;
  }
  stop = true;
  reader.join();
  forgetter.join();
  EXPECT_EQ(good, 2);
  ASSERT_TRUE(forget("alice"));
  EXPECT_EQ(numbers().size(), 50U);
  EXPECT_FALSE(world_.restart(at({})).replaced);
}

}  // namespace
}  // namespace wgaudit::test
