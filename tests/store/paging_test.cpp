// What pages ask of the past: the newest first, page after page, within a limit of time.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "exporter/store/reader.hpp"
#include "exporter/store/sqlite.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;

constexpr SessionPosition kNewest{WallTime{Duration::max()},
                                  std::numeric_limits<std::int64_t>::max()};

class Paging : public testing::Test {
 protected:
  void SetUp() override { world_.open(at({})); }
  void commit(const std::vector<SessionRecord>& sessions) {
    Step step = events_step(world_.memory, 1, at({}));
    step.delta.sessions = sessions;
    for (const SessionRecord& session : sessions) {
      step.delta.endpoints.push_back(
          {session.number, session.endpoint.address, session.started, session.ended});
    }
    ASSERT_TRUE(world_.commit(std::move(step), at({})));
  }
  HistoryAnswer ask(const HistoryRequest& request) {
    const auto reader = StoreReader::open(world_.directory, seconds(5));
    EXPECT_TRUE(reader);
    auto answer = reader->answer(request);
    EXPECT_TRUE(answer) << answer.error().message();
    return answer.value_or(HistoryAnswer{});
  }
  StoreWorld world_;
};

// Starts that do not follow the numbers, many of them the same: as one poll finds them.
std::vector<SessionRecord> many_sessions() {
  std::mt19937_64 random(7);
  std::vector<SessionRecord> sessions;
  for (std::uint64_t number = 1; number <= 300; ++number) {
    const std::string who = random() % 3 == 0 ? "alice" : "bob";
    SessionRecord session = full_session(number, who, who);
    session.started = at(minutes(number / 10 * 10) + seconds(random() % 4)).wall;
    session.ended = session.started + seconds(std::uint64_t{1} << (random() % 18));
    if (random() % 20 == 0) session.ended.reset();
    if (random() % 5 == 0) session.device = {"", "wg1"};
    sessions.push_back(std::move(session));
  }
  return sessions;
}

bool matches(const SessionRecord& session, const SessionQuery& query) {
  if (!query.principal.empty() && session.principal != query.principal) return false;
  if (query.device && session.device != *query.device) return false;
  if (query.until && session.started > *query.until) return false;
  return !query.since || !session.ended || *session.ended >= *query.since;
}

TEST_F(Paging, GivesEverySessionOnceTheLatestStartFirst) {
  const auto sessions = many_sessions();
  commit(sessions);
  const SessionQuery queries[] = {
      {},
      {.principal = "alice"},
      {.device = DeviceId("", "wg1")},
      {.address = parse_address("192.0.2.1")},
      {.since = at(minutes(100)).wall},
      {.until = at(minutes(200)).wall},
      {.since = at(minutes(100)).wall, .until = at(minutes(101)).wall},
      {.principal = "bob", .since = at(minutes(150)).wall},
  };
  for (std::size_t i = 0; i < std::size(queries); ++i) {
    std::vector<std::pair<WallTime, std::uint64_t>> want, got;
    for (const SessionRecord& session : sessions) {
      if (matches(session, queries[i])) want.emplace_back(session.started, session.number);
    }
    std::ranges::sort(want, std::greater{});
    SessionQuery query = queries[i];
    query.limit = 7;
    query.behind = kNewest;
    for (int page = 0; page < 100; ++page) {
      const auto found = ask({.sessions = query}).sessions;
      for (const SessionRecord& session : found) got.emplace_back(session.started, session.number);
      if (found.empty()) break;
      query.behind = {found.back().started, found.back().number};
    }
    EXPECT_FALSE(want.empty()) << i;
    EXPECT_EQ(got, want) << i;
  }
}

TEST_F(Paging, GivesEventsByWhatTheyAreAbout) {
  Step step = events_step(world_.memory, 0, at({}));
  for (int i = 0; i < 20; ++i) {
    Event& event = add_event(step, at(minutes(i)));
    event.action = i % 2 == 0 ? Action::session_started : Action::finding_opened;
    event.severity = i % 2 == 0 ? Severity::info : Severity::high;
    event.interface = i < 10 ? "wg0" : "wg1";
    event.public_key = key(i % 4 == 0 ? "alice" : "bob");
  }
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  const auto numbers = [&](const EventQuery& query) {
    std::vector<std::uint64_t> found;
    for (const Event& event : ask({.events = query}).events) found.push_back(event.sequence);
    return found;
  };
  using Numbers = std::vector<std::uint64_t>;
  EXPECT_EQ(numbers({.limit = 3}), (Numbers{20, 19, 18}));
  EXPECT_EQ(numbers({.before = 18, .limit = 2}), (Numbers{17, 16}));
  EXPECT_EQ(numbers({.before = 1, .limit = 2}), Numbers{});
  EXPECT_EQ(numbers({.action = Action::session_started, .limit = 2}), (Numbers{19, 17}));
  EXPECT_EQ(numbers({.at_least = Severity::medium, .limit = 2}), (Numbers{20, 18}));
  EXPECT_EQ(numbers({.device = DeviceId("", "wg0"), .key = key("alice"), .limit = 9}),
            (Numbers{9, 5, 1}));
  EXPECT_EQ(numbers({.since = at(minutes(4)).wall, .until = at(minutes(6)).wall, .limit = 9}),
            (Numbers{7, 6, 5}));
}

TEST_F(Paging, AnswersSeveralQuestionsAtOnce) {
  commit({full_session(1, "alice", "alice"), full_session(2, "bob", "bob")});
  const SessionQuery alice{.key = key("alice"), .limit = 5, .device = DeviceId("blue", "wg0")};
  const HistoryAnswer answer = ask(
      {.sessions = alice, .endpoints = alice, .findings = alice, .events = EventQuery{.limit = 1}});
  EXPECT_EQ(answer.installation, world_.installation());
  EXPECT_EQ(answer.sessions.size(), 1U);
  EXPECT_EQ(answer.endpoints.size(), 1U);
  EXPECT_EQ(answer.events.size(), 1U);
  SessionQuery elsewhere = alice;
  elsewhere.device = DeviceId("", "wg0");
  EXPECT_TRUE(ask({.sessions = elsewhere}).sessions.empty());
}

TEST_F(Paging, IsAnErrorWhenItTakesTooLong) {
  commit(many_sessions());
  const auto reader = StoreReader::open(world_.directory, Duration::zero());
  ASSERT_TRUE(reader) << reader.error().message();
  const auto answer = reader->answer({.sessions = SessionQuery{}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().why, "it took too long");
}

}  // namespace
}  // namespace wgaudit::test
